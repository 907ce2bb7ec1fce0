"""Red packets: points given in shares, first come, first served, by a draw that anybody can check afterwards."""
