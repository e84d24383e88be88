"""Measures other matchers on pairs.tsv: a plain baseline and what rigour is used in.

    python names/testdata/compare.py names/testdata/pairs.tsv

tests/names-rigour.sh makes the environment. For each matcher it prints precision,
recall, F1 and the share of right answers on the test part, at the threshold with most right
answers on the development part and at the one that its makers use, where they name one:
for all pairs, for those of one script and for those of two.

Half of the pairs are the same, so that answering "same" always has an F1 of 0.66: look at
the share of right answers too.
"""

import csv
import re
import sys
import unicodedata

from followthemoney import model
from followthemoney.compare import compare as ftm_compare
from nomenklatura.matching import LogicV1, LogicV2, NameMatcher, ScoringConfig
from normality import ascii_text
from rigour.names import NameTypeTag, align_person_name_order, analyze_names, compare_parts, pair_symbols
from rigour.text import jaro_winkler


def date(text):
    """The date as these matchers read dates: ISO, or the year alone."""
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    if m := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        return f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return text
    m = re.search(r"\d{4}", text)
    return m[0] if m else None


def entity(row, side):
    schema = "Person" if row["kind"] == "person" else "Organization"
    e = model.make_entity(schema)
    e.id = f"{row['id']}{side}"
    e.add("name", row[side])
    if schema == "Person" and (born := date(row["born_" + side])):
        e.add("birthDate", born)
    return e


def plain(row):
    """Jaro-Winkler over transliterated words, as written and sorted."""
    a, b = ((ascii_text(row[s]) or "").lower().split() for s in "ab")
    return max(jaro_winkler(" ".join(x), " ".join(y), cutoff=0.0) for x, y in ((a, b), (sorted(a), sorted(b))))


def rigour_only(row):
    """rigour.names alone: symbols paired, the rest by compare_parts, weighed by length."""
    tag = NameTypeTag.PER if row["kind"] == "person" else NameTypeTag.ORG
    best = 0.0
    for a in analyze_names(tag, [row["a"]]):
        for b in analyze_names(tag, [row["b"]]):
            for edges in pair_symbols(a, b):
                best = max(best, weighed(a, b, edges, tag))
    return best


def weighed(a, b, edges, tag):
    used = [{p for e in edges for p in e.qps}, {p for e in edges for p in e.rps}]
    left = [p for p in a.parts if p not in used[0]]
    right = [p for p in b.parts if p not in used[1]]
    if tag == NameTypeTag.PER:
        left, right = align_person_name_order(left, right)
    found = [(1.0, e) for e in edges] + [(e.score, e) for e in compare_parts(left, right)]
    size = [sum(len(p.form) for p in [*e.qps, *e.rps]) for _, e in found]
    return sum(s * n for (s, _), n in zip(found, size)) / max(1, sum(size))


def algorithm(kind):
    config = ScoringConfig.defaults()
    return lambda row: kind.compare(entity(row, "a"), entity(row, "b"), config).score


MATCHERS = {
    "Jaro-Winkler over ICU transliteration": (plain, None),
    "rigour.names alone": (rigour_only, None),
    "followthemoney.compare": (lambda row: ftm_compare(entity(row, "a"), entity(row, "b")), None),
    "nomenklatura name-based": (algorithm(NameMatcher), None),
    "nomenklatura logic-v1": (algorithm(LogicV1), 0.7),
    "nomenklatura logic-v2 (rigour)": (algorithm(LogicV2), 0.7),
}


def figures(scored, threshold):
    hit = sum(s >= threshold and same for s, same in scored)
    found = sum(s >= threshold for s, _ in scored)
    same = sum(same for _, same in scored)
    right = sum((s >= threshold) == same for s, same in scored) / len(scored)
    return hit / max(1, found), hit / same, 2 * hit / (found + same), right


def scripts(row):
    arabic = [bool(re.search("[\u0600-\u06ff]", row[s])) for s in "ab"]
    return "two scripts" if arabic[0] != arabic[1] else "one script"


def show(name, why, threshold, scored):
    for part in ("all", "one script", "two scripts"):
        p, r, f1, right = figures([(s, same) for s, same, where in scored if part in ("all", where)], threshold)
        print(f"{name}, threshold {threshold:.2f} ({why}), {part}: precision {p:.3f} recall {r:.3f} F1 {f1:.3f} right {right:.3f}")


def main():
    with open(sys.argv[1], encoding="utf8") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    for name, (score, usual) in MATCHERS.items():
        scored = {"dev": [], "test": []}
        for row in rows:
            scored[row["split"]].append((score(row), row["label"] == "same", scripts(row)))
        dev = [(s, same) for s, same, _ in scored["dev"]]
        show(name, "best on dev", max((t / 100 for t in range(1, 100)), key=lambda t: figures(dev, t)[3]), scored["test"])
        if usual is not None:
            show(name, "its makers'", usual, scored["test"])


main()
