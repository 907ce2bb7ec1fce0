"""What people wrote when they applied, each in their own language. All of it is invented."""

from __future__ import annotations

from collections.abc import Mapping

from portal.language import Lang

#: Of people who look after a community.
RUNNING: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        (
            "Every Thursday I put twelve chairs in a ring at the back of the library, and we read one chapter aloud. "
            "Last month a bus driver corrected our Chekhov, and he was right."
        ),
        (
            "I keep a repair table: toasters, zips, radios. Nobody pays, everybody holds the screwdriver once, and "
            "about half of the radios play again."
        ),
        (
            "Our running group leaves at six with whoever is there. The slowest sets the pace; that one rule has kept "
            "us together for four years."
        ),
        (
            "I answer questions in a forum about old synthesizers, mostly the same five. I have written each answer "
            "so often that I am making a page of them."
        ),
        (
            "We plant the strips beside the car park. Forty neighbours have keys to the tool shed, and so far every "
            "spade has come back."
        ),
        (
            "I translate the rules of board games for people who would otherwise never play together. On a good night "
            "there are five languages and one argument."
        ),
        (
            "For six years I have kept a channel for new parents who are awake at night. Between two and four "
            "somebody always answers."
        ),
        (
            "Saturday choir, no auditions. I copy the parts, make the tea and learn the names; the conductor does the "
            "difficult bit."
        ),
        (
            "I run a small server for people who learn to draw. We post one bad drawing a day, and nobody may praise, "
            "only ask."
        ),
        (
            "Birds. Thirty of us count the same marsh on the first Sunday of the month, and I turn the lists into one "
            "sheet that the reserve really uses."
        ),
        "I host a supper for people who moved here alone. Eight seats, one pot, and whoever came last time cooks next.",
        "A chess evening in a café. I keep the ladder, and I lose to teenagers with as much grace as I can find.",
        (
            "We mend the manuals of free software. Each newcomer gets one page to look after, and two years on most "
            "pages still have their keeper."
        ),
        (
            "I keep the waiting list, the keys and the peace at a shared pottery. The kiln decides the calendar; I "
            "only announce it."
        ),
        (
            "Language exchange on Tuesdays, half the evening in theirs, half in ours. I match the pairs by hand, and "
            "after three weeks I ask both how it goes."
        ),
        "I look after a group of carers. Advice is given only when it is asked for, and it took us a year to learn it.",
        (
            "A film club in which nobody may say “overrated”. We note three scenes each, and at the end of the year I "
            "print the notes."
        ),
        (
            "I moderate a neighbourhood group of nine hundred: lost cats, parking, and once a year a street party "
            "that I would not miss."
        ),
        (
            "Night walks for photographers. I scout the route by daylight, write down where the dogs are, and bring a "
            "spare tripod."
        ),
        "We knit for the children's ward. I weigh the wool, keep the patterns, and read out the letters of thanks.",
    ),
    "zh": (
        "每周三晚上，我在社区图书室摆十二把椅子，大家轮流念一章。上个月读《乡土中国》，一位退休会计讲起自己村里的事，谁都舍不得走。",
        "我们在小区门口摆修理摊：台灯、拉链、收音机。不收钱，但每个人都得亲手拧几下螺丝。",
        "早上六点的跑团，谁到了就跟谁跑，最慢的人定速度。就靠这一条，我们跑了四年没散。",
        "我在老相机论坛里回答问题，翻来覆去就那几个。答多了，索性整理成一页，新人来了先看它。",
        "楼下那块荒地，我们四十来户一起种。工具房的钥匙人手一把，到现在铁锹一把没丢。",
        "我每个月组一次桌游局，把规则改成大白话，让从来不玩的人也坐得下来。",
        "一个新手爸妈的群，管了六年。凌晨两点到四点，总有人回一句“我也没睡”。",
        "周六合唱，不考试，张嘴就行。我管抄谱、烧水、记名字，难的交给指挥。",
        "画画打卡群，每天交一张画坏了的。只许提问，不许夸，反而没人退。",
        "观鸟。每月第一个周日，三十来人数同一片湿地，我把记录汇成一张表，保护区真的在用。",
        "给独自来这座城市的人办晚饭：八个座，一口锅，这次来吃的人下次掌勺。",
        "茶馆里的象棋夜，我管排位，也常常输给中学生。",
        "我们给开源软件补中文文档。每个新来的人认领一页，两年过去，大半的页面还有人守着。",
        "共用陶艺坊的钥匙、名单和脾气都归我管。日子由窑说了算，我只负责通知。",
        "周二的语言交换，一半时间说他们的话，一半说我们的。搭档是我一对一对配的，三周后两边都回访。",
        "照护者互助群。规矩是人家没问就不给建议，为了学会这一条，我们花了一年。",
        "电影小组，不许说“过誉”。每人记三场戏，年底我把笔记印出来，一人一本。",
        "九百人的业主群，找猫、停车、团购吵架都见过。一年一次的长桌宴，我一次没缺过。",
        "夜里拍照的小队，我白天先踩点，哪儿有狗、哪儿没灯，都写在路线里。",
        "给儿童病房织毛线帽。毛线我来称，图样我来存，回信我念给大家听。",
    ),
}
#: Of people who don't yet.
STARTING: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        (
            "I have been a guest in other people's groups for years and always ended up stacking the chairs. This "
            "year I want to open a reading table of my own."
        ),
        "I teach, and former pupils keep asking for a place to meet. I would rather learn how before I start one.",
        (
            "I draw maps of footpaths, for nobody in particular. Some walkers have offered to help, and I don't yet "
            "know how to let them."
        ),
        (
            "Sourdough. I give away starters with a note, and by now some forty people write back. Perhaps it is a "
            "community already; I am not sure."
        ),
        "I am curious how groups stay kind when they grow. At work I see the opposite, and I keep notes.",
        (
            "I fix bicycles in our courtyard on Sundays. Two neighbours hand me the tools, and we have begun to talk "
            "of opening the gate."
        ),
        "I collect the songs of my grandmother's village. Perhaps a hundred people still know one each.",
        "I have read a good deal about commons and want to see one from inside before I say another word about it.",
    ),
    "zh": (
        "这些年我总在别人的群里做客，散场时叠椅子的总是我。今年想自己开一张读书的桌子。",
        "我是老师，毕业的学生老问有没有地方聚。想先学会怎么办，再动手。",
        "我爱画步行地图，没人要我画。最近有几位走友说想帮忙，我还不知道怎么让他们帮。",
        "养酵头，分给别人，附一张纸条，到现在四十来个人给我回过信。这算不算社群，我说不准。",
        "我好奇一群人变多以后怎么还能好好说话。上班看到的多半相反，我一直在记。",
        "周日在院子里修自行车，两个邻居给我递扳手。我们商量着哪天把院门打开。",
        "我在收集外婆村里的歌，会唱的大概还有一百人，每人只会一首。",
        "带孩子读绘本三年了，楼里几个妈妈也想来。地方有，人有，就差一个不散的办法。",
    ),
}
#: What the latter want first.
FIRST_STEPS: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        "I would start small, and ask before I copy.",
        "Tell me what you would do differently in the first month.",
        "I can spare the evenings; what I lack is the courage to put up the notice.",
        "If it turns out that it isn't for me, I would like to know soon.",
    ),
    "zh": (
        "想先从小的做起，照搬之前一定先问。",
        "想听听你们要是重来，第一个月会改什么。",
        "晚上有空，就差把通知贴出去的胆子。",
        "要是不适合我，也想早点知道。",
    ),
}
#: What the former hope for.
HOPES: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        "I would like to hear how others hand over to a successor.",
        "What I lack is somebody to tell me which of our rules are silly.",
        "I can offer templates, and I am looking for honest numbers.",
        "We lost a third of our people last winter, and I should like to understand why.",
        "I hope to learn how you greet the hundredth person as well as the first.",
        "Mostly I want to compare notes with people who have the same evenings.",
        "I would gladly read other people's rules in return.",
        "Two of the old hands can't stand each other just now, and I could use advice.",
        "I have never met another person who does this job.",
        "Nobody reads our notices, and I am ready to hear that it is my fault.",
        "If there is a better way to say no, I want to know it.",
        "I can bring photographs of what went wrong.",
    ),
    "zh": (
        "想听听别家是怎么交班的。",
        "缺一个人告诉我，我们哪条规矩多余。",
        "模板我可以分享，想换几个真实的数字。",
        "去年冬天走了三分之一的人，我想弄明白为什么。",
        "想学第一百个人进门时，怎么还像迎第一个人那样迎。",
        "主要想找同样在晚上忙这些事的人对对笔记。",
        "别家的群规我也愿意帮着读。",
        "最近两位老成员闹别扭，正缺人出主意。",
        "干这活儿的人，除了自己我还没见过第二个。",
        "我们的通知没人看，要是我的问题，我认。",
        "怎么把“不”说得好听又算数，是我最想学的。",
        "办砸过的活动，我有照片，可以拿来讲。",
    ),
}
#: Of people who were declined, by the charter's reason.
DECLINED: Mapping[str, Mapping[Lang, tuple[str, ...]]] = {
    "incomplete-answers": {
        "en": ("Networking.", "Looks interesting.", "To meet people.", "A friend sent me."),
        "zh": ("交朋友。", "先看看。", "学习一下。", "朋友推荐的。"),
    },
    "advertising": {
        "en": (
            "I sell planners for community managers and would love to show them to your members; there is a code.",
            "My agency grows groups to ten thousand in a month. I would share the price list with whoever asks.",
        ),
        "zh": (
            "我做社群裂变工具，想给大家演示一下，成员有优惠。",
            "我们有一套私域课程，可以给这里的人内部价，先加好友再细聊。",
        ),
    },
    "not-a-match-now": {
        "en": ("I am looking for a place to practise my English and to find people for badminton.",),
        "zh": ("想找个地方练口语，顺便约人打羽毛球。",),
    },
    "could-not-verify": {
        "en": ("I lead a community of forty thousand. It is private, so I can't say where it lives or show it.",),
        "zh": ("我手里有三百个群，名字和平台都不方便透露。",),
    },
    "full-this-month": {
        "en": ("I keep a radio amateurs' evening, with tea, in a shed that a bus company lent us.",),
        "zh": ("我们在厂区旧食堂办周末木工，锯末归我扫。",),
    },
    "conduct-elsewhere": {
        "en": ("A forum banned me this spring for what I wrote about its owner. I would write it again.",),
        "zh": ("去年被一个论坛封了号，因为我把群主的聊天截图发了出去，我觉得没错。",),
    },
}
#: A word of welcome that some reviewers add.
WELCOMES: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        "Your answer made me want to hear the rest. Say hello on Thursday, please.",
        "We have been looking for somebody like you. Bring the stories that went wrong.",
        "Good to have you. Lan will write to you about the first evening.",
    ),
    "zh": (
        "读到一半就想认识你。周四晚上来打个招呼吧。",
        "正缺你这样的人，办砸了的故事最欢迎。",
        "欢迎，先别急着帮忙，逛一圈再说。",
    ),
}
#: What the desk says when it hands something over, or can't.
HANDED: Mapping[Lang, tuple[str, ...]] = {
    "en": ("Posted today.", "Handed over at the meeting.", "On its way, by ordinary post."),
    "zh": ("今天寄出。", "聚会上当面给了。", "平邮寄出，慢一点。"),
}
NOT_HANDED: Mapping[Lang, str] = {
    "en": "The last one came back damaged and we can't get another. Your points are back, and we are sorry.",
    "zh": "最后一件寄回来已经坏了，一时补不到货。积分已经退回，对不住。",
}
