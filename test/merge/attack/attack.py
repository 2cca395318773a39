"""Attacks the merge engine with edits of real files, and judges its clean answers by rules of its own.

Reads YAML with PyYAML, never with the engine's parsers. A clean answer is wrong if a value is not what one of the two
sides made of it (maps by key, lists by name, else item by item), if a comment is there more or less often than the
sides' changes add up to, if it cannot be read, or if merging it again changes it. A clash counts as false where `git
merge-file` merges, and these rules find nothing wrong with what it made.

usage: attack.py --minutes N --files FOLDER --engine "node engine.ts" [--seed N] [--findings FILE]
"""

import argparse
import collections
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import time

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NAMES = ("name", "id", "key", "uuid", "slug", "path", "title", "port", "type", "host", "url", "repo", "alias", "ip")
MANY = 40


# ---- values -------------------------------------------------------------------------------------------------------


class Unknown(Exception):
    """What these rules do not judge."""


class Leaves(yaml.SafeLoader):
    """Reads an alias as a word of its own, not as what it stands for."""

    def compose_node(self, parent, index):
        if not self.check_event(yaml.AliasEvent):
            return super().compose_node(parent, index)
        event = self.get_event()
        if event.anchor not in self.anchors:
            raise yaml.composer.ComposerError(None, None, f"no anchor {event.anchor}", event.start_mark)
        return yaml.ScalarNode("alias", event.anchor, event.start_mark, event.end_mark)


def value_of(node, depth=0):
    if node is None:
        return ("null",)
    if depth > 60:
        raise Unknown("deep")
    if isinstance(node, yaml.ScalarNode):
        plain = node.style is None and node.tag != "tag:yaml.org,2002:str"
        return ("scalar", node.tag if plain else "str", node.value)
    if isinstance(node, yaml.SequenceNode):
        return ("list", tuple(value_of(item, depth + 1) for item in node.value))
    own, inherited = [], []
    for key, value in node.value:
        if key.tag == MERGE and is_merged(value):
            inherited += value.value if isinstance(value, yaml.SequenceNode) else [value]
        else:
            own.append((value_of(key, depth + 1), value_of(value, depth + 1)))
    pairs = dict(own)
    if len(pairs) != len(own):
        return ("pairs", tuple(own))
    for source in inherited:
        for key, value in value_of(source, depth + 1)[1]:
            pairs.setdefault(key, value)
    return ("map", tuple(sorted(pairs.items(), key=repr)))


MERGE = "tag:yaml.org,2002:merge"


def is_merged(value):
    """Whether a merge key has what it takes: a map or several, written out or by their aliases."""
    sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
    return all(isinstance(source, yaml.MappingNode) for source in sources)


def read(text, loader=Loader):
    """The documents of a text: aliases stand for what they name, and merge keys for the keys that come from them."""
    if text.startswith("\ufeff"):
        text = text[1:]
    # A text in block style that comes last without a line end has one as soon as it comes last no more: a notice says so.
    if not text.endswith("\n"):
        text += "\n"
    return [value_of(doc) for doc in yaml.compose_all(text, loader)]


def has_aliases(text):
    return re.search(r"(?:^|[\s,\[{])\*\w", text) is not None


def comments_of(text):
    """What stands between tokens and begins with #, with how often."""
    starts = [0]
    for match in re.finditer("\n", text):
        starts.append(match.end())
    found = collections.Counter()
    last = 0

    def gap(start, end):
        for match in re.finditer(r"(?:^|(?<=\s))#[^\n]*", text[start:end]):
            before = text[start + match.start() - 1 : start + match.start()]
            if before == "" or before.isspace():
                found[match.group().rstrip()] += 1

    for token in yaml.scan(text, Loader):
        start = starts[token.start_mark.line] + token.start_mark.column
        end = starts[token.end_mark.line] + token.end_mark.column if token.end_mark.line < len(starts) else len(text)
        if start > last:
            gap(last, start)
        last = max(last, end)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            header = text[start : text.find("\n", start)]
            if "#" in header:
                found[header[header.index("#") :].rstrip()] += 1
    gap(last, len(text))
    return found


# ---- the rules ----------------------------------------------------------------------------------------------------


def bounds(b, c, p):
    if c == b:
        return p, p
    if p == b:
        return c, c
    both = max(0, c + p - b)
    if c > b and p > b:
        return max(c, p), both
    if c < b and p < b:
        return both, min(c, p)
    return both, both


def wrong(b, c, p, r, path="", ordered=True):
    """What is wrong with r at path, or None. A value that is not there is None."""
    if c == p:
        return None if r == c else f"{path}: both sides agree, the result does not"
    if b == c:
        return None if r == p else f"{path}: only proposed changed it"
    if b == p:
        return None if r == c else f"{path}: only current changed it"
    if None in (b, c, p, r):
        return f"{path}: both sides changed it, and one has nothing"
    kinds = {side[0] for side in (b, c, p, r)}
    if kinds == {"map"}:
        maps = [dict(side[1]) for side in (b, c, p, r)]
        for key in {k: None for side in maps for k in side}:
            found = wrong(*(side.get(key) for side in maps), f"{path}/{key[-1]}")
            if found:
                return found
        return None
    if kinds == {"list"}:
        return wrong_list([list(side[1]) for side in (b, c, p, r)], path)
    if kinds == {"scalar"}:
        texts = [side[2] for side in (b, c, p, r)]
        if all("\n" in text for text in texts):
            counts = [collections.Counter(text.split("\n")) for text in texts]
            for line in {line for count in counts for line in count}:
                low, high = bounds(*(count[line] for count in counts[:3]))
                # Lines may move within a text: only what is lost or made up is told.
                if counts[3][line] < min(low, 1) or (counts[3][line] > 0 and high == 0 and counts[0][line] == 0):
                    return f"{path}: the line {line!r} is there {counts[3][line]} times"
            return None
        return f"{path}: changed in different ways"
    if kinds == {"pairs"} or "pairs" in kinds:
        return None
    return f"{path}: of different kinds"


def name_by(key):
    def name(item):
        if item[0] != "map":
            return None
        found = dict(item[1]).get(("scalar", "str", key))
        return found if found is not None and found[0] == "scalar" else None

    return name


def sole(item):
    return item[1][0][0] if item[0] == "map" and len(item[1]) == 1 else None


def wrong_list(lists, path):
    namings = [sole] + [name_by(key) for key in NAMES]
    extra = {k[2] for side in lists for item in side if item[0] == "map" for k, _ in item[1] if k[0] == "scalar"}
    namings += [name_by(key) for key in sorted(extra - set(NAMES))]
    first = None
    for naming in namings:
        names = [[naming(item) for item in side] for side in lists]
        if any(None in side or len(set(side)) != len(side) for side in names) or not names[0]:
            continue
        maps = [dict(zip(side, items)) for side, items in zip(names, lists)]
        found = None
        for key in {k: None for side in maps for k in side}:
            found = wrong(*(side.get(key) for side in maps), f"{path}[{key[-1]}]")
            if found:
                break
        found = found or wrong_order(names, path)
        if found is None:
            return None
        first = first or found
    # By no naming does it add up; item by item it still may.
    counts = [collections.Counter(side) for side in lists]
    for item in {item for count in counts for item in count}:
        b, c, p, r = (count[item] for count in counts)
        if item[0] == "pairs":
            continue
        said = f"{str(item)[:200]} ({first})"
        if b + c + p == 0:
            if not candidates(item, lists):
                return f"{path}: an item that no side has: {said}"
            continue
        low, high = bounds(b, c, p)
        if r > max(high, c, p) or (r == 0 and b == 0 and not merged_from(item, lists)):
            return f"{path}: an item is there {r} times instead of {low}..{high}: {said}"
    return None


def candidates(item, lists):
    """Whether this may be the merge of three items, one of each side."""
    return any(
        wrong(b, c, p, item) is None for b in lists[0] for c in lists[1] for p in lists[2] if b[0] == c[0] == p[0]
    )


def merged_from(item, lists):
    """Whether an item that one side has is part of an item of the result."""
    for r in lists[3]:
        for b in lists[0]:
            for other in (1, 2):
                for o in lists[other]:
                    sides = (b, item, o) if other == 2 else (b, o, item)
                    if wrong(*sides, r) is None:
                        return True
    return False


def wrong_order(names, path):
    places = [{name: at for at, name in enumerate(side)} for side in names]
    result = names[3]
    if len(result) > MANY:
        return None
    for i, x in enumerate(result):
        for y in result[i + 1 :]:
            orders = [
                (1 if side[x] < side[y] else -1) if x in side and y in side else None for side in places[:3]
            ]
            b, c, p = orders
            if c is None and p is None:
                continue
            if c is None or p is None:
                want = p if c is None else c
            elif c == p:
                want = c
            elif b is None:
                continue
            else:
                want = p if b == c else c
            if want != 1:
                return f"{path}: {x[-1]} stands before {y[-1]}"
    return None


def judge(base, current, proposed, result):
    """What is wrong with a result, or None."""
    texts = [base, current, proposed, result]
    # An alias is a leaf; and what it stands for changes only as one of the sides changed it.
    for loader in (Leaves, Loader) if any(has_aliases(text) for text in texts) else (Loader,):
        try:
            sides = [read(text, loader) for text in texts[:3]]
        except (yaml.YAMLError, Unknown, RecursionError, ValueError):
            return None
        try:
            r = read(result, loader)
        except Unknown:
            return None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            return f"the result cannot be read: {error}"
        b, c, p = sides
        if len({len(side) for side in (b, c, p, r)}) == 1:
            for at in range(len(r)):
                found = wrong(b[at], c[at], p[at], r[at], f"{at}" if len(r) > 1 else "")
                if found:
                    return found
    try:
        counts = [comments_of(text) for text in texts]
    except (yaml.YAMLError, IndexError):
        return None
    for comment in {comment for count in counts for comment in count}:
        times = [count[comment] for count in counts]
        low, high = bounds(*times[:3])
        if not low <= times[3] <= high and result != current:
            return f"the comment {comment!r} is there {times[3]} times instead of {low}..{high}"
    return None


# ---- edits --------------------------------------------------------------------------------------------------------


class Entry:
    def __init__(self, parent, kind, start, end, column, key, value, index):
        self.parent, self.kind, self.start, self.end = parent, kind, start, end
        self.column, self.key, self.value, self.index = column, key, value, index


def last_line(node):
    """The line after the last one of a value."""
    if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) and not node.flow_style and node.value:
        last = node.value[-1]
        return last_line(last[1] if isinstance(last, tuple) else last)
    mark = node.end_mark
    return mark.line if mark.column == 0 and mark.line > node.start_mark.line else mark.line + 1


def entries_of(text, lines):
    found, scalars = [], []

    def visit(node):
        if isinstance(node, yaml.ScalarNode):
            scalars.append(node)
            return
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                if not node.flow_style:
                    line = item.start_mark.line
                    column = node.start_mark.column
                    if line < len(lines) and lines[line][: column + 1].strip() == "-":
                        found.append(Entry(node, "item", line, last_line(item), column, None, item, index))
                visit(item)
            return
        for index, (key, value) in enumerate(node.value):
            if not node.flow_style and isinstance(key, yaml.ScalarNode):
                line, column = key.start_mark.line, key.start_mark.column
                if lines[line][:column].strip() == "":
                    found.append(Entry(node, "key", line, last_line(value), column, key, value, index))
            visit(value)

    for doc in yaml.compose_all(text, Loader):
        if doc is not None:
            visit(doc)
    return found, scalars


class Edits:
    def __init__(self, rng, who, texts):
        self.rng, self.who, self.texts, self.next = rng, who, texts, 0

    def word(self):
        self.next += 1
        return f"{self.who}{self.next}x{self.rng.randrange(1000)}"

    def apply(self, text, times):
        for _ in range(times):
            text = self.once(text)
        return text

    def once(self, text):
        lines = text.split("\n")
        if not re.search(r"(?:^|[\s,\[{:])[&*]\w", text) and self.rng.random() < 0.75:
            try:
                entries, scalars = entries_of(text, lines)
            except (yaml.YAMLError, RecursionError, IndexError):
                return self.by_line(lines)
            if entries:
                try:
                    return self.by_entry(lines, entries, scalars)
                except IndexError:
                    # For YAML more ends a line than a line feed, so a place of the parser's need not be one of these lines.
                    return self.by_line(text.split("\n"))
        return self.by_line(lines)

    def by_entry(self, lines, entries, scalars):
        rng = self.rng
        entry = rng.choice(entries)
        pad = " " * entry.column
        siblings = [other for other in entries if other.parent is entry.parent]
        how = rng.choice(
            "set set set set add add beside delete delete rename rename retitle comment remark uncomment tail move copy foot wrap".split()
        )
        own = lines[entry.start : entry.end]
        if how == "set":
            small = [node for node in scalars if node.start_mark.line == node.end_mark.line and node.style != "|"]
            if not small:
                return "\n".join(lines)
            node = rng.choice(small)
            line = node.start_mark.line
            text = lines[line]
            new = self.word()
            if node.style in ("'", '"'):
                new = node.style + new + node.style
            lines[line] = text[: node.start_mark.column] + new + text[node.end_mark.column :]
        elif how in ("add", "beside"):
            at = entry.start if how == "add" or rng.random() < 0.5 else entry.end
            word = self.word()
            new = [f"{pad}{word}: v{word}"] if entry.kind == "key" else [f"{pad}- {word}"]
            if entry.kind == "item" and isinstance(entry.value, yaml.MappingNode) and not entry.value.flow_style:
                first = entry.value.value[0][0].value if entry.value.value else "name"
                new = [f"{pad}- {first}: {word}", f"{pad}  value: v{word}"]
            if rng.random() < 0.2:
                new.insert(0, f"{pad}# {self.word()}")
            lines[at:at] = new
        elif how == "delete":
            if len(siblings) > 1:
                from_ = entry.start
                while rng.random() < 0.5 and from_ > 0 and lines[from_ - 1].strip().startswith("#"):
                    from_ -= 1
                del lines[from_ : entry.end]
        elif how == "rename" and entry.key is not None:
            line = lines[entry.start]
            end = entry.key.end_mark.column
            lines[entry.start] = line[: entry.column] + self.word() + line[end:]
        elif how == "retitle" and entry.kind == "item" and isinstance(entry.value, yaml.MappingNode):
            for key, value in entry.value.value:
                if key.value in NAMES and isinstance(value, yaml.ScalarNode) and value.style is None:
                    if value.start_mark.line == value.end_mark.line:
                        line = lines[value.start_mark.line]
                        lines[value.start_mark.line] = (
                            line[: value.start_mark.column] + self.word() + line[value.end_mark.column :]
                        )
                        break
        elif how == "comment":
            lines.insert(entry.start, f"{pad}# {self.word()}")
        elif how in ("remark", "uncomment"):
            spots = [at for at, line in enumerate(lines) if line.strip().startswith("# ")]
            if spots:
                at = rng.choice(spots)
                if how == "uncomment":
                    del lines[at]
                else:
                    words = lines[at].split(" ")
                    words[-1] = self.word()
                    lines[at] = " ".join(words)
        elif how == "tail":
            line = lines[entry.start]
            if "#" in line:
                lines[entry.start] = re.sub(r"(\s)#.*", rf"\1# {self.word()}", line)
            elif entry.end == entry.start + 1 and not line.rstrip().endswith(("|", ">")):
                lines[entry.start] = f"{line}  # {self.word()}"
        elif how == "move" and len(siblings) > 1:
            other = rng.choice(siblings)
            del lines[entry.start : entry.end]
            at = other.start if other.start < entry.start else max(other.start, other.end - len(own))
            lines[at:at] = own
        elif how == "copy" and entry.kind == "item":
            new = list(own)
            new[0] = re.sub(r"[\w./]+(?=\W*$)", self.word(), new[0])
            lines[entry.end : entry.end] = new
        elif how == "foot":
            lines.insert(entry.end, f"{pad}# {self.word()}")
        elif how == "wrap" and entry.key is not None and entry.end == entry.start + 1:
            line = lines[entry.start]
            end = entry.key.end_mark.column
            lines[entry.start : entry.end] = [line[:end] + ":", f"{pad}  {self.word()}: 1"]
        return "\n".join(lines)

    def by_line(self, lines):
        rng = self.rng
        at = rng.randrange(len(lines))
        how = rng.choice("drop double swap hash word word word blank indent graft join".split())
        line = lines[at]
        if how == "drop":
            del lines[at]
        elif how == "double":
            lines.insert(at, re.sub(r"[\w.]+", self.word(), line, count=1))
        elif how == "swap" and at > 0:
            lines[at - 1], lines[at] = lines[at], lines[at - 1]
        elif how == "hash":
            lines[at] = re.sub(r"\S", lambda found: "# " + found.group(), line, count=1)
        elif how == "word":
            words = list(re.finditer(r"[\w.]+", line))
            if words:
                found = rng.choice(words)
                lines[at] = line[: found.start()] + self.word() + line[found.end() :]
        elif how == "blank":
            lines.insert(at, "")
        elif how == "indent":
            lines[at] = "  " + line
        elif how == "graft":
            lines.insert(at, rng.choice(rng.choice(self.texts).split("\n")))
        elif how == "join" and at > 0:
            lines[at - 1 : at + 1] = [lines[at - 1] + " " + line.strip()]
        return "\n".join(lines) if lines else "\n"


# ---- the attack ---------------------------------------------------------------------------------------------------


def load(folder, most):
    texts = []
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            if not name.endswith((".yaml", ".yml")):
                continue
            path = os.path.join(root, name)
            if not 40 < os.path.getsize(path) <= most:
                continue
            try:
                with open(path, encoding="utf-8", newline="") as file:
                    text = file.read()
                list(yaml.compose_all(text.lstrip("\ufeff"), Loader))
            except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
                continue
            texts.append(text)
    return texts


class Engine:
    def __init__(self, command):
        self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def merge(self, base, current, proposed):
        self.process.stdin.write(json.dumps({"base": base, "current": current, "proposed": proposed}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the engine ended")
        return json.loads(line)


def by_git(folder, base, current, proposed):
    paths = []
    for name, text in (("c", current), ("b", base), ("p", proposed)):
        paths.append(os.path.join(folder, name))
        with open(paths[-1], "w", encoding="utf-8", newline="") as file:
            file.write(text)
    done = subprocess.run(["git", "merge-file", "-p", "--diff3", *paths], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--files", required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--findings", default="/dev/null")
    parser.add_argument("--most", type=int, default=24_000, help="bytes of the longest file")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    texts = load(options.files, options.most)
    if len(texts) < 10:
        raise SystemExit(f"only {len(texts)} files in {options.files}")
    print(f"{len(texts)} files, seed {options.seed}", flush=True)
    engine = Engine(options.engine)
    counts = collections.Counter()
    kinds = collections.Counter()
    bad = 0
    until = time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory() as folder, open(options.findings, "a", encoding="utf-8") as findings:

        def report(what, triple, result, why):
            findings.write(json.dumps({"what": what, "why": why, **triple, "result": result}) + "\n")
            findings.flush()

        while time.monotonic() < until:
            base = rng.choice(texts)
            if rng.random() < 0.5:
                # A part is quicker, and its edits meet more often.
                lines = base.split("\n")
                if len(lines) > 60:
                    at = rng.randrange(len(lines) - 50)
                    while at > 0 and not re.match(r"[\w\"'-]", lines[at]):
                        at -= 1
                    base = "\n".join(lines[at : at + rng.randrange(10, 60)]) + "\n"
            most = rng.choice((1, 1, 2, 3, 5))
            current = Edits(rng, "c", texts).apply(base, most)
            proposed = Edits(rng, "p", texts).apply(base, rng.choice((1, 1, 2, 3)))
            if len({base, current, proposed}) < 3:
                continue
            triple = {"base": base, "current": current, "proposed": proposed}
            result = engine.merge(**triple)
            counts[result["kind"]] += 1
            if result["kind"] == "thrown":
                bad += 1
                report("thrown", triple, None, result["why"])
                print("THROWN", result["why"], flush=True)
            elif result["kind"] == "clean":
                found = judge(base, current, proposed, result["text"])
                again = result["again"]
                if found is None and again["kind"] == "clean" and again["text"] != result["text"]:
                    found = "merging it again changes it"
                if found is None and again["kind"] == "refused":
                    found = f"merging it again is refused: {again['why']}"
                if found is None and again["kind"] == "clash":
                    if not all(at["kind"] == "Identity" or "may have renamed" in at["detail"] for at in again["places"]):
                        found = f"merging it again clashes: {again['places']}"
                if found is not None:
                    bad += 1
                    report("wrong", triple, result["text"], found)
                    print("WRONG", found, flush=True)
            else:
                git = by_git(folder, base, current, proposed)
                if git is not None:
                    try:
                        sides = [read(text) for text in (base, current, proposed, git)]
                    except (yaml.YAMLError, Unknown, RecursionError, ValueError):
                        sides = None
                    if sides is not None and judge(base, current, proposed, git) is None:
                        counts[f"{result['kind']}, git clean"] += 1
                        if result["kind"] == "clash":
                            for at in result["places"]:
                                kinds[at["kind"]] += 1
                        report(f"false {result['kind']}", triple, git, str(result.get("places") or result.get("why")))
                    elif sides is not None:
                        counts["git wrong"] += 1
    print(json.dumps({"counts": counts, "kinds of false clashes": kinds, "bad": bad}, indent=2))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
