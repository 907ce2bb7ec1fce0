"""The people of the demo: who they are, and what they answer at the door."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from random import Random
from typing import Literal, TypeVar

import msgspec

from portal.applications.model import Answers
from portal.demo.answers import DECLINED, FIRST_STEPS, HOPES, RUNNING, STARTING
from portal.language import Lang

T = TypeVar("T")
Keeping = Literal["lead", "help", "soon", "no"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an address at example.org, which belongs to nobody, and their answers to the join form."""

    name: str
    email: str
    lang: Lang
    keeping: Keeping
    places: tuple[str, ...]
    why: str
    hours: int
    sell: str = "no"

    @property
    def answers(self) -> Answers:
        """The answers by the slugs of the join form; what a hidden question asks is left to the form to drop."""
        return {
            "name": self.name,
            "keeping": self.keeping,
            "places": [*self.places],
            "why": self.why,
            "sell": self.sell,
            "hours": self.hours,
            "email": self.email,
            "rules": True,
        }


def _fixed(
    name: str, local: str, lang: Lang, keeping: Keeping, why: str, *, hours: int = 4, sell: str = "no"
) -> Person:
    places = ("discord", "offline") if lang == "en" else ("wechat", "offline")
    email = f"{local}@example.org"
    return Person(name=name, email=email, lang=lang, keeping=keeping, places=places, why=why, hours=hours, sell=sell)


#: Claims the community, and so never applies.
OWNER = _fixed("Wei Lin", "wei", "en", "lead", "")
STEWARDS = (
    _fixed(
        "陈岚",
        "lan",
        "zh",
        "lead",
        "管了九年的读书会，从一张桌子到三个城市。每一次散场，我都在门口跟人说再见，叫得出名字。",
        hours=5,
    ),
    _fixed(
        "Tomás Rivera",
        "tomas",
        "en",
        "lead",
        "I keep the tool library of our quarter: four hundred tools, eleven hundred neighbours, and a book in which "
        "everybody writes what they built.",
    ),
)
REVIEWERS = (
    _fixed(
        "Aisha Bello",
        "aisha",
        "en",
        "lead",
        "I started a circle for women who code in Lagos with six laptops. Now we are two hundred, and I still read "
        "every first message myself.",
    ),
    _fixed(
        "周小满",
        "xiaoman",
        "zh",
        "help",
        "我在一个种菜的群里当了五年帮手，专管答新手的问题。同一个问题答到第一百遍，我才学会怎么答。",
        hours=5,
    ),
    _fixed(
        "Mika Sato",
        "mika",
        "en",
        "lead",
        "Every month we clean one kilometre of the same beach and write down what we find. The list is dull, and I "
        "would not miss it for anything.",
        hours=3,
    ),
)
STAFF = (OWNER, *STEWARDS, *REVIEWERS)

#: Who waits at the door, the longest first; each asks for another decision.
WAITING = (
    _fixed(
        "Ingrid Solberg",
        "ingrid.solberg",
        "en",
        "lead",
        "I keep the logbook of a rowing club on a cold fjord. Sixty people, one boathouse, and a rota that has held "
        "since 1998. Now the three who wrote it are leaving, and I want to learn how others pass such a thing on.",
    ),
    _fixed(
        "顾长河",
        "gu.changhe",
        "zh",
        "lead",
        "我们村的老戏台，十二年里修了三回，锣鼓班子二十来人，最小的九岁。年轻人进了城，群里只剩转发。想看看别人怎么让走远的人还愿意搭把手。",
        hours=5,
    ),
    _fixed(
        "Brandon Pike",
        "brandon.pike",
        "en",
        "no",
        "I run a newsletter on growth. I would share my course with your members; the first ten get it at half price.",
        hours=2,
        sell="yes",
    ),
    _fixed(
        "阿禾",
        "ahe",
        "zh",
        "soon",
        "在医院陪床那年，我记下了每个帮过我的人。出院以后想办个陪床人的互助群，本子有了，第一批七个人也有了，规矩还没想好。",
    ),
    _fixed(
        "Kwame Mensah",
        "kwame.mensah",
        "en",
        "help",
        "I am the second pair of hands in a football league for people over fifty: I book the pitch, drive the ice, "
        "and settle who pays for the broken window.",
        hours=3,
    ),
    _fixed("莉莉", "lili", "zh", "no", "喜欢热闹。", hours=1),
    _fixed(
        "Priya Raman",
        "priya.raman",
        "en",
        "lead",
        "Four hundred home cooks trade their mothers' recipes in my group, and I test one every Sunday. The arguments "
        "about salt are why I stay.",
        hours=5,
    ),
)

_FAMILIES_ZH = (
    "王:wang 李:li 张:zhang 刘:liu 杨:yang 黄:huang 赵:zhao 吴:wu 徐:xu 孙:sun 马:ma 朱:zhu 胡:hu 郭:guo 何:he "
    "高:gao 罗:luo 郑:zheng 梁:liang 谢:xie 宋:song 唐:tang 许:xu 韩:han 冯:feng 邓:deng 曹:cao 彭:peng 曾:zeng "
    "肖:xiao 田:tian 董:dong 袁:yuan 潘:pan 蒋:jiang 蔡:cai 余:yu 杜:du 叶:ye 程:cheng 苏:su 魏:wei 丁:ding 任:ren "
    "沈:shen 姚:yao 卢:lu"
)
_GIVEN_ZH = (
    "敏:min 静:jing 磊:lei 洋:yang 婷:ting 雪:xue 涛:tao 明远:mingyuan 思雨:siyu 子涵:zihan 佳怡:jiayi "
    "晓东:xiaodong 海燕:haiyan 若溪:ruoxi 一鸣:yiming 书瑶:shuyao 嘉豪:jiahao 文静:wenjing 建国:jianguo 丽华:lihua "
    "志强:zhiqiang 雨桐:yutong 浩然:haoran 俊杰:junjie 欣怡:xinyi 诗涵:shihan 晨曦:chenxi 安琪:anqi 立群:liqun "
    "秋实:qiushi 望舒:wangshu 知夏:zhixia 怀瑾:huaijin 青:qing 野:ye 可:ke 朵:duo 宁:ning 航:hang 凯:kai 萌:meng "
    "璐:lu 岩:yan 帆:fan 琳:lin 昊:hao"
)
_NICKNAMES_ZH = (
    "阿哲:azhe 老唐:laotang 南瓜:nangua 豆子:douzi 大河:dahe 木木:mumu 团子:tuanzi 灯下:dengxia 半夏:banxia "
    "石头:shitou 十一:shiyi 米粒:mili 阿蓝:alan 荞麦:qiaomai 北北:beibei 鹿鸣:luming 小鱼:xiaoyu 老周:laozhou "
    "阿澈:ache 一粟:yisu"
)
#: Given and family names of one place together, so that nobody's don't go together.
_NAMES_EN = (
    ("Emma Jack Grace Owen Nora Leo Hazel Sam", "Clarke Hughes Bennett Walsh Carter Murray Foster Reid"),
    ("Lena Jonas Mara Felix Greta Paul Ida Moritz", "Brandt Keller Vogt Lorenz Seidel Busch Krämer Winter"),
    ("Lucía Mateo Valeria Diego Carmen Andrés Inés Javier", "Ortega Morales Fuentes Navarro Rojas Peña Castillo Vega"),
    ("Camille Hugo Léa Antoine Manon Théo Élise Bastien", "Moreau Lambert Girard Faure Chevalier Renaud Perrin Blanc"),
    ("Chidi Ngozi Tunde Amara Femi Zainab Emeka Yetunde", "Okafor Adeyemi Balogun Eze Ibrahim Nwosu Ojo Danjuma"),
    ("Ananya Rohan Meera Arjun Kavya Vikram Divya Nikhil", "Sharma Iyer Kulkarni Menon Banerjee Reddy Joshi Nair"),
    ("Haruka Kenji Yui Daichi Aoi Takumi Naomi Ren", "Tanaka Mori Ishikawa Kimura Hayashi Ogawa Fujii Ueda"),
    ("Layla Omar Yasmin Karim Nadia Tariq Samira Youssef", "Haddad Nasser Khalil Mansour Saleh Aziz Farah Rahman"),
    ("Beatriz Rafael Júlia Thiago Larissa Caio Helena Bruno", "Souza Almeida Carvalho Ribeiro Teixeira Barros Lima"),
    ("Katarína Pavel Zuzana Marek Petra Tomáš Eva Ondřej", "Novák Dvořák Horák Beran Kučera Beneš Kovář Urban"),
)
#: Where their communities live, with how often that is.
_PLACES: Mapping[Lang, Mapping[tuple[str, ...], int]] = {
    "en": {("discord",): 4, ("discord", "offline"): 3, ("forum",): 2, ("offline",): 2, ("discord", "forum"): 1},
    "zh": {("wechat",): 5, ("wechat", "offline"): 4, ("offline",): 1, ("wechat", "forum"): 1, ("forum",): 1},
}
_KEEPING_OF_REFUSED: Mapping[str, Keeping] = {"not-a-match-now": "no", "could-not-verify": "lead"}
_KEEPING: Mapping[Keeping, int] = {"lead": 45, "help": 30, "soon": 17, "no": 8}


def strangers(chance: Random) -> Iterator[Person]:
    """People drawn one by one, no two of one name or address."""
    known = {part for person in (*STAFF, *WAITING) for part in (person.name, person.email)}
    while True:
        lang: Lang = "zh" if chance.random() < 0.55 else "en"  # noqa: PLR2004 - a few more than half
        name, local = _chinese(chance) if lang == "zh" else _other(chance)
        email = f"{local}@example.org"
        if known.isdisjoint({name, email}):
            known |= {name, email}
            yield _answering(chance, name, email, lang)


def refused(person: Person, reason: str, chance: Random) -> Person:
    """The person as they would be declined for that reason of the charter."""
    keeping = _KEEPING_OF_REFUSED.get(reason, person.keeping)
    sell = "yes" if reason == "advertising" else "no"
    why = chance.choice(DECLINED[reason][person.lang])
    return msgspec.structs.replace(person, keeping=keeping, sell=sell, why=why, hours=chance.randint(1, 3))


def _chinese(chance: Random) -> tuple[str, str]:
    if chance.random() < 0.15:  # noqa: PLR2004 - any name that one answers to
        name, local = chance.choice(_NICKNAMES_ZH.split()).split(":")
        return name, local
    (family, first), (given, second) = (chance.choice(names.split()).split(":") for names in (_FAMILIES_ZH, _GIVEN_ZH))
    return f"{family}{given}", f"{first}.{second}"


def _other(chance: Random) -> tuple[str, str]:
    given, family = (chance.choice(names.split()) for names in chance.choice(_NAMES_EN))
    plain = unicodedata.normalize("NFKD", f"{given}.{family}").encode("ascii", "ignore").decode()
    return f"{given} {family}", plain.lower()


def _answering(chance: Random, name: str, email: str, lang: Lang) -> Person:
    keeping = _one(chance, _KEEPING)
    first, then = (RUNNING, HOPES) if keeping in ("lead", "help") else (STARTING, FIRST_STEPS)
    space = " " if lang == "en" else ""
    return Person(
        name=name,
        email=email,
        lang=lang,
        keeping=keeping,
        places=_one(chance, _PLACES[lang]),
        why=space.join((chance.choice(first[lang]), chance.choice(then[lang]))),
        hours=_one(chance, {1: 8, 2: 22, 3: 34, 4: 24, 5: 12}),
    )


def _one(chance: Random, weights: Mapping[T, int]) -> T:
    return chance.choices([*weights], [*weights.values()])[0]
