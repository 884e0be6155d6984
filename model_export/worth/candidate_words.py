"""What the page says of a candidate before it is shipped, in each language."""

from __future__ import annotations

from typing import Final

CANDIDATE: Final = {
    "en": {
        "candidate": "A candidate before it is shipped",
        "candidate_is": "Bundle {candidate}, as if it had decided on receipts that there are already.",
        "one_look": "The intervals of this part hold for one look at one candidate: not for looking daily, nor for the best of "
        "many.",
        "candidate_short": "candidate",
        "outlook": "What it would have earned",
        "outlook_is": "Suggestions taken per 100 receipts, estimated from receipts on which registers filled places by lot. "
        "What was wanted anyway counts too: what suggestions change, only the experiment tells.",
        "outlook_none": "Cannot be estimated:",
        "estimate": "Estimate",
        "then": "decided then",
        "how_DR": "doubly robust (DR)",
        "how_SNIPS": "self-normalised (SNIPS)",
        "how_IPS": "by chances alone (IPS)",
        "first": "by the doubly robust difference, to be read first",
        "outlook_better": "better than then",
        "outlook_worse": "worse than then",
        "outlook_same": "not distinguishable from then",
        "support": "{receipts} receipts of {first} to {last}, {explored} of them with something drawn by lot, within the bounds "
        "of the registers' settings: what was shown had a chance of {least} % at least. {supported} % of the candidate's places "
        "could have been drawn, at {differing} % of these it decides otherwise; its choices were shown {matched} times, worth "
        "{effective} of equal weight.",
        "flattered": "It may have learnt from these receipts: they flatter it.",
        "lacks_receipts": "{receipts} receipts later than what it learnt from were decided while registers explored, and "
        "{least_receipts} at least are needed: set policy.explore_share and wait, or allow earlier ones with --allow-seen",
        "lacks_places": "the candidate shows nothing on these receipts",
        "lacks_support": "{unsupported}% of what the candidate would show could not have been drawn on these receipts, and "
        "nobody knows what becomes of it: explore among more (policy.explore_among) or less alike ones (policy.explore_ratio)",
        "lacks_showings": "where the candidate decides otherwise, its choices were shown as if {showings} times, and "
        "{least_showings} at least are needed: wait, or explore on more receipts",
        "offline": "How well it ranks: the offline table",
        "offline_is": "One item of each of {questions} receipts is hidden and asked for. Nothing was shown to anybody here.",
        "offline_none": "There is no table:",
        "offline_usable": "only {found} receipts hold two items that a bundle knows, and {least} are needed: bring more "
        "receipts.",
        "offline_later": "only {found} usable receipts are later than what the bundles learnt from, and {least} are needed: "
        "train the candidate with --until-share 0.9, wait for later receipts, or compare all the same with --allow-seen.",
        "offline_popularity": "nothing tells what sold best before these receipts: bring earlier ones, or name --yesterday.",
        "offline_receipts": "the central store holds no receipt that it could be asked about.",
        "ranked_by": "Ranked by",
        "better_by": "candidate better by",
        "beside_yesterday": "yesterday's",
        "beside_popularity": "best-sellers",
        "accepted": "The gate would let it out.",
        "refused": "The gate would refuse it: it is worse {where}.",
        "all_stores": "over all stores",
        "in_stores": "in stores {stores}",
        "no_candidate": "No bundle was named to be looked at before it is shipped (--candidate).",
    },
    "ru": {
        "candidate": "Кандидат до выпуска",
        "candidate_is": "Пакет {candidate}, как если бы на чеках, которые уже есть, решал он.",
        "one_look": "Интервалы этой части верны для одного просмотра одного кандидата: не для ежедневного и не для лучшего из "
        "многих.",
        "candidate_short": "кандидат",
        "outlook": "Что он принёс бы",
        "outlook_is": "Взятых подсказок на 100 чеков, по чекам, где кассы заполняли места жребием. Считается и то, что купили "
        "бы и так: что меняют подсказки, скажет только эксперимент.",
        "outlook_none": "Оценить нельзя:",
        "estimate": "Оценка",
        "then": "тогда",
        "how_DR": "дважды робастная (DR)",
        "how_SNIPS": "нормированная (SNIPS)",
        "how_IPS": "только по шансам (IPS)",
        "first": "по дважды робастной разнице, её читают первой",
        "outlook_better": "лучше, чем тогда",
        "outlook_worse": "хуже, чем тогда",
        "outlook_same": "от тогдашнего не отличить",
        "support": "Чеков: {receipts}, с {first} по {last}; на {explored} из них что-то выбрал жребий в пределах настроек касс: "
        "показанное имело шанс не меньше {least} %. {supported} % мест кандидата мог дать жребий, на {differing} % из них он "
        "решает иначе; его выбор показан {matched} раз, это {effective} показов равного веса.",
        "flattered": "Он мог учиться на этих чеках: они ему льстят.",
        "lacks_receipts": "чеков позже тех, на которых он учился, и решённых со жребием: {receipts}, а нужно не меньше "
        "{least_receipts}. Задайте policy.explore_share и подождите или разрешите ранние чеки: --allow-seen",
        "lacks_places": "на этих чеках кандидат ничего не показывает",
        "lacks_support": "{unsupported} % того, что показал бы кандидат, жребий на этих чеках дать не мог, и никто не знает, "
        "что с этим стало бы: выбирайте из большего числа (policy.explore_among) или из менее похожих (policy.explore_ratio)",
        "lacks_showings": "там, где кандидат решает иначе, его выбор показан как бы {showings} раз, а нужно не меньше "
        "{least_showings}: подождите или выбирайте жребием на большей доле чеков",
        "offline": "Как он ранжирует: таблица без показа",
        "offline_is": "В каждом из чеков ({questions}) скрыт один товар, и его спрашивают. Здесь никому ничего не показывали.",
        "offline_none": "Таблицы нет:",
        "offline_usable": "чеков с двумя товарами, которые знает пакет: {found}, а нужно {least}. Нужно больше чеков.",
        "offline_later": "годных чеков позже тех, на которых учились пакеты: {found}, а нужно {least}. Обучите кандидата с "
        "--until-share 0.9, дождитесь новых чеков или сравните всё равно: --allow-seen.",
        "offline_popularity": "неизвестно, что лучше продавалось до этих чеков: нужны более ранние или --yesterday.",
        "offline_receipts": "в центральном хранилище нет чеков, о которых можно спросить.",
        "ranked_by": "Кто ранжирует",
        "better_by": "кандидат лучше на",
        "beside_yesterday": "вчерашний",
        "beside_popularity": "популярное",
        "accepted": "Проверка перед выпуском его пропустила бы.",
        "refused": "Проверка перед выпуском его не пропустила бы: он хуже {where}.",
        "all_stores": "по всем магазинам",
        "in_stores": "в магазинах {stores}",
        "no_candidate": "Пакет, который ещё не выпущен, не назван (--candidate).",
    },
}
"""By language. `lacks_` are for `learning.off_policy`, `offline_` for `compare`: why there is nothing to tell."""
