# SPDX-License-Identifier: Apache-2.0
"""Collects every error code that the sources can make, by reading how they are made: no list of codes is kept by hand.

A code is the first argument of one of core/result.h's functions, or of a function that hands a parameter of its own on to one of them, or the
member `code` of a struct, or one of a few named constants (REGISTERS). Expressions are worked out as far as they need to be: literals joined by +,
both branches of ?:, constants, local variables, and parameters at each place where the function is called."""
import re
from itertools import product
from pathlib import Path

ROOMS = ("core", "db", "audit", "orthanc-client", "orthanc-plugin", "scu-scp", "dicomweb", "pipeline", "worker", "radfmctl", "demo")
MAKERS = {"transient_error": 0, "permanent_error": 0, "poison_error": 0, "vanished_error": 0, "cancelled_error": 0, "error_response": 1}
CODE = re.compile(r"[a-z][a-z0-9_]*")
# Codes that are made without any of these, and where: draft flags, what a worker's health is, why two patients are not the same, what is wrong
# with an audit trail, errors that have more to say than a message.
REGISTERS = (
    ("core/draft_flags.h", r'\bstring_view \w+ = "(\w+)"'),
    ("core/worker_health.h", r'\bhealth_\w+ = "(\w+)"'),
    ("core/patient_identity.cpp", r'\breturn (?:[^";]*\? )?"(\w+)"'),
    ("db/audit_chain.cpp", r'\bTrailFault::Kind::\w+: return "(\w+)"'),
    ("pipeline/", r'\bflags\.push_back\("(\w+)"\)'),
    ("", r'\bskip = "(\w+)"'),
    ("", r'"(?:skipped|withheld): (\w+)"'),
    ("", r'\{"code", "(\w+)"\}'),
)

RENAMED = re.compile(r'code\.starts_with\("(\w+)"\)\) \w+\.code\.replace\(0, \d+, "(\w+)"\)')  # one client's codes become another's
TOKEN = re.compile(r'R"\((?P<raw>.*?)\)"|"(?P<text>(?:\\.|[^"\\\n])*)"|(?P<char>\'(?:\\.|[^\'\\\n])+\')|(?P<comment>//[^\n]*|/\*.*?\*/)', re.DOTALL)
FUNCTION = re.compile(r"(?:\b(?P<lambda>\w+) = \[[^\]]*\]\s*|\b(?P<name>~?\w+))\((?P<parameters>[^(){};]*)\)[\w\s>:&-]*\{")
CONSTANT = re.compile(r'\bconstexpr (?:const )?(?:std::string_view|char ?\*|char) ?(\w+)(?:\[\])? ?= ?"(\w+)"|'
                      r'(?<=[,\n ])(health_\w+) = "(\w+)"')
STRUCT = re.compile(r"\bstruct (\w+) \{(.*?)\n\s*\};", re.DOTALL)


def without_comments(text):
    """The same text, comments blanked; positions stay."""
    return TOKEN.sub(lambda found: found.group(0) if found.group("comment") is None else re.sub(r"[^\n]", " ", found.group(0)), text)


def without_texts(text):
    """The same with the insides of literals blanked too, so that brackets and commas can be counted."""
    return TOKEN.sub(lambda found: re.sub(r"[^\n]", "_", found.group(0)), text)


def end_of_bracket(bare, at):
    """The place of the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(bare)):
        if bare[place] in "([{":
            depth += 1
        elif bare[place] in ")]}":
            depth -= 1
            if depth == 0:
                return place
    return len(bare)


def split_at(text, bare, separators):
    """The parts between these signs, where no bracket is open."""
    parts, depth, begin = [], 0, 0
    for place, sign in enumerate(bare):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and sign in separators:
            parts.append(text[begin:place])
            begin = place + 1
    return parts + [text[begin:]]


class Source:
    def __init__(self, name, text):
        self.name, self.text = name, without_comments(text)
        self.bare = without_texts(self.text)
        self.functions = []  # (begin, end of the body, name, names of the parameters)
        for found in FUNCTION.finditer(self.bare):
            name = found.group("lambda") or found.group("name")
            if name in ("if", "for", "while", "switch", "catch"):
                continue
            parameters = [re.sub(r"\s*=.*", "", part).split(" ")[-1].strip("&* \n") for part in found.group("parameters").split(",")]
            self.functions.append((found.end() - 1, end_of_bracket(self.bare, found.end() - 1), name, parameters))

    def arguments(self, bracket):
        end = end_of_bracket(self.bare, bracket)
        return [part.strip() for part in split_at(self.text[bracket + 1:end], self.bare[bracket + 1:end], ",")]

    def parameter(self, name, place):
        """(function, index) of the innermost function around `place` that has a parameter of this name."""
        around = [entry for entry in self.functions if entry[0] < place < entry[1] and name in entry[3]]
        if not around:
            return None
        _, _, function, parameters = max(around)
        return function, parameters.index(name)


class Collector:
    def __init__(self, sources):
        self.sources = sources
        self.constants = {}
        self.codes = {}    # code: names of the files
        self.wrappers = {}  # (file or None for everywhere, function): {(index, before, behind)}
        for source in sources:
            for found in CONSTANT.finditer(source.text):
                name, value = found.group(1) or found.group(3), found.group(2) or found.group(4)
                self.constants[source.name, name] = value
                if source.name.endswith(".h"):
                    self.constants[name] = value

    def work_out(self, source, place, text):
        """What the expression can be: texts, and (before, parameter, behind) where it depends on a parameter."""
        text = text.strip()
        while text.startswith("(") and end_of_bracket(without_texts(text), 0) == len(text) - 1:
            text = text[1:-1].strip()
        bare = without_texts(text)
        condition = split_at(text, bare, "?")
        if len(condition) > 1:
            behind = text[len(condition[0]) + 1:]
            first = split_at(behind, without_texts(behind).replace("::", "__"), ":")[0]
            return self.work_out(source, place, first) | self.work_out(source, place, behind[len(first) + 1:])
        parts = split_at(text, bare, "+")
        if len(parts) > 1:
            return self.join([self.work_out(source, place, part) for part in parts])
        if re.fullmatch(r'"[^"]*"', text):
            return {text[1:-1]}
        if found := re.fullmatch(r"(?:std::string|std::string_view|std::move)\((.*)\)", text, re.DOTALL):
            return self.work_out(source, place, found.group(1))
        name = text.split("::")[-1]
        if not re.fullmatch(r"\w+", name):
            return set()
        if source.parameter(name, place):
            return {("", (source, place, name), "")}
        if value := self.constants.get((source.name, name)) or self.constants.get(name):
            return {value}
        return self.variable(source, place, name)

    def variable(self, source, place, name):
        """What is assigned to it before this place, or, to a member, anywhere in the file."""
        values = set()
        for found in re.finditer(rf"\b{name} =(?!=)", source.bare if name.endswith("_") else source.bare[:place]):
            end = source.bare.find(";", found.end())
            values |= self.work_out(source, found.start(), source.text[found.end():end])
        return values

    @staticmethod
    def join(alternatives):
        joined = set()
        for combination in product(*alternatives):
            before, parameter, behind = "", None, ""
            for part in combination:
                if isinstance(part, tuple):
                    if parameter:
                        raise ValueError("a code made of two parameters")
                    before, parameter = before + part[0], part[1]
                    behind = part[2]
                elif parameter:
                    behind += part
                else:
                    before += part
            joined.add((before, parameter, behind) if parameter else before)
        return joined

    def made(self, source, place, text):
        """A code is made of this expression."""
        for value in self.work_out(source, place, text):
            if isinstance(value, str):
                self.keep(value, source)
            else:
                before, (where, at, name), behind = value
                function, index = where.parameter(name, at)
                scope = None if self.is_declared(function, name) else where.name
                self.wrappers.setdefault((scope, function), set()).add((index, before, behind))

    def keep(self, value, source):
        if CODE.fullmatch(value) and value != "_":
            self.codes.setdefault(value, set()).add(source.name)

    def is_declared(self, function, parameter):
        """In a header, so that others call it too."""
        declaration = re.compile(rf"^ *(?:[\w:<>*&]+ )+{function}\([^()]*\b{parameter}\b[^()]*\)", re.MULTILINE)
        return any(source.name.endswith(".h") and declaration.search(source.bare) for source in self.sources)

    def calls(self, name, scope):
        for source in self.sources:
            if scope is None or source.name == scope:
                for found in re.finditer(rf"\b{name}\(", source.bare):
                    yield source, found.end() - 1

    def follow_calls(self):
        done = set()
        waiting = {(None, name, index, "", "") for name, index in MAKERS.items()}
        while waiting:
            task = waiting.pop()
            done.add(task)
            scope, name, index, before, behind = task
            for source, bracket in self.calls(name, scope):
                arguments = source.arguments(bracket)
                if len(arguments) > index:
                    self.made(source, bracket, f'"{before}" + {arguments[index]} + "{behind}"' if before or behind else arguments[index])
            for (where, function), shapes in self.wrappers.items():
                waiting |= {(where, function, *shape) for shape in shapes} - done

    def look_at_structs(self):
        """Braces that fill a struct with a member `code`, with the struct's name before them, or in the list of an array of it."""
        for owner in self.sources:
            for found in STRUCT.finditer(owner.text):
                index = self.place_of_code(found.group(2))
                if index is not None:
                    self.look_at_struct(found.group(1), index)

    @staticmethod
    def place_of_code(body):
        """Which member of the struct is the text `code`."""
        names, seen = [], None
        for kind, listed in re.findall(r"^\s*([\w:<>]+(?: ?\*)?) ([\w, ]+?)(?: = [^;]*)?;", body, re.MULTILINE):
            for name in listed.split(","):
                if name.strip() == "code" and re.match(r"(std::string|const|char)", kind):
                    seen = len(names)
                names.append(name.strip())
        return seen

    def look_at_struct(self, name, index):
        for source in self.sources:
            for found in re.finditer(rf"\b{name}(?: \w+)?(\[\w*\] =|>? \w+ =)? ?\{{", source.bare):
                if re.search(r"(struct|class) $", source.bare[:found.start()][-8:]):
                    continue
                arguments = source.arguments(found.end() - 1)
                rows = [source.text.index(part, found.end()) for part in arguments if part.startswith("{")]
                for row in rows or [found.end() - 1]:
                    filled = source.arguments(row)
                    if len(filled) > index:
                        self.made(source, row, filled[index])

    def look_at_braces(self):
        """A code and a sentence in braces without a name: `return {"too_long", "the text ..."}`, `refused({...})`, `push_back({...})`."""
        for source in self.sources:
            for found in re.finditer(r"(return |\w\(|: )\{(?=_)", source.bare):
                filled = source.arguments(found.end() - 1)
                is_reason = source.bare[:found.start() + 1].endswith("reasons.push_back")
                if len(filled) > 1 and (is_reason or re.search(r'"[^"]* [^"]* [^"]*"', filled[1])):
                    self.made(source, found.end() - 1, filled[0])

    def look_at_registers(self):
        for place, pattern in REGISTERS:
            for source in self.sources:
                if source.name.startswith(place):
                    for value in re.findall(pattern, source.text):
                        self.keep(value, source)
        for source in self.sources:
            for before, after in RENAMED.findall(source.text):
                for code in [code for code in self.codes if code.startswith(before)]:
                    self.keep(after + code.removeprefix(before), source)


def read_sources(root):
    names = sorted(path for room in ROOMS for ending in ("*.h", "*.cpp") for path in (Path(root) / room).rglob(ending))
    return [Source(str(path.relative_to(root)), path.read_text(encoding="utf-8")) for path in names]


def collect_from(sources):
    """{code: sorted names of the files that make it}"""
    collector = Collector(sources)
    collector.look_at_structs()
    collector.look_at_braces()
    collector.follow_calls()
    collector.look_at_registers()
    return {code: sorted(files) for code, files in sorted(collector.codes.items())}
