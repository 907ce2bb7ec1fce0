// Comforts for pages that already work without them: conditional questions, drafts, keys at the desk, one submission.
(() => {
  const CONDITIONAL = "[data-show-if]";

  // A conditional question is shown while every slug it names has one of the listed answers. A hidden question is
  // disabled, so it is neither sent nor required; its own dependants then fall away in the next round.
  function settle(form) {
    const wrappers = [...form.querySelectorAll(CONDITIONAL)];
    for (let round = 0; round <= wrappers.length; round += 1) {
      const answers = new FormData(form);
      let changed = false;
      for (const wrapper of wrappers) {
        const wanted = Object.entries(JSON.parse(wrapper.dataset.showIf));
        const shown = wanted.every(([slug, values]) => answers.getAll(slug).some((given) => values.includes(given)));
        changed ||= wrapper.hidden === shown;
        wrapper.hidden = !shown;
      }
      for (const control of form.elements) {
        if (control.closest(CONDITIONAL)) control.disabled = control.closest(`${CONDITIONAL}[hidden]`) !== null;
      }
      if (!changed) return;
    }
  }

  for (const form of document.forms) {
    if (!form.querySelector(CONDITIONAL)) continue;
    settle(form);
    form.addEventListener("input", () => settle(form));
    form.addEventListener("reset", () => setTimeout(() => settle(form)));
  }

  // A form that is typed for minutes is kept a few seconds after each pause, and when it is left; it says how far it is.
  function keep(form) {
    const told = form.querySelector("[data-progress]");
    const given = (one) => (/radio|checkbox/.test(one.type) ? one.checked : one.value.trim());
    const names = (fields) => new Set(fields.map((one) => one.name)).size;
    let timer = 0;
    const tell = (kept = "") => {
      const asked = [...form.elements].filter((one) => one.name && !one.disabled && !/hidden|submit/.test(one.type));
      const now = told.dataset.progress.replace("[n]", names(asked.filter(given))).replace("[m]", names(asked)) + kept;
      if (told.textContent !== now) told.textContent = now;
    };
    const rest = () => { timer = clearTimeout(timer); };
    const send = async () => {
      rest();
      const body = new FormData(form);
      for (const field of form.querySelectorAll("[type=file]")) body.delete(field.name);
      const answer = await fetch(form.dataset.keep, { method: "POST", body, keepalive: true }).catch(() => null);
      if (answer?.ok) tell(` · ${told.dataset.kept}`);
    };
    tell();
    form.addEventListener("input", () => { tell(); rest(); timer = setTimeout(send, 3000); });
    form.addEventListener("submit", rest);
    addEventListener("pagehide", () => timer && send());
  }
  document.querySelectorAll("[data-keep]").forEach(keep);

  // A second press of the same button is swallowed; the server is idempotent anyway. Buttons stay enabled, because a
  // disabled one would drop its own name and value from the submission.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (!event.defaultPrevented && form.method === "post") {
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-disabled", "true");
    }
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });

  // j and k walk the list, other keys press what is labelled with them.
  function neighbour(step) {
    const links = [...document.querySelectorAll(".desk-list a")];
    const here = links.findIndex((link) => link.closest("[aria-selected=true], [aria-current=true], .selected"));
    const there = here + step;
    return here < 0 ? links[0] : links[there];
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog, [contenteditable]");
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!/^[a-z]$/.test(event.key)) return;
    const walk = document.querySelector(".desk-list") && { j: 1, k: -1 }[event.key];
    const target = document.querySelector(`[data-key="${event.key}"]`) ?? (walk && neighbour(walk));
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, textarea, select")) target.focus();
    else target.click();
  });

  // Chance of the reader's own browser, where we have only put in some of ours.
  for (const field of document.querySelectorAll("[data-chance]")) {
    field.value = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // The public site names whoever is signed in without asking the portal; signing out takes the name away again.
  const { person } = document.body.dataset;
  try {
    if (person) localStorage.setItem("tonghao.name", person);
    else if (person === "") localStorage.removeItem("tonghao.name");
  } catch { /* a browser that keeps nothing */ }

  // On the phone the navigation is one scrolling row: show where we are.
  const current = document.querySelector(".links [aria-current]");
  const row = current?.closest(".links");
  if (row) row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
})();
