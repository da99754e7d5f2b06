# SPDX-License-Identifier: Apache-2.0
"""Aim: whoever reads a code at night finds it in docs/operate.md: each code that the sources can make has a line in its table and none is there
that nobody makes; each state and outcome of a job is explained; and what collects the codes sees each way of making one.

    error_codes_test.py ROOT"""
import re
import sys
import unittest
from pathlib import Path

import error_codes

ROOT = Path(sys.argv.pop(1)) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]

# Codes that no person is ever shown, each with the reason.
INTERNAL = {
    "bad_frame": "of the channel to a child program; becomes engine_garbled or reader_garbled",
    "engine_lost": "the engine died of another question; the worker asks again",
    "failed_together": "of several questions that failed together; the worker asks each again alone, and the log says so",
    "no_mark": "Orthanc has no mark of a study; becomes an empty one",
    "peer_gone": "of the channel to a child program; becomes how that program ended",
    "silent": "of the engine's channel; becomes engine_stalled",
    "stopping": "an alert's way was given up because Orthanc stops; it is told after the next start",
    "timeout": "of the channel to a child program; becomes engine_timeout or reader_timeout",
    "woken": "a wait that was ended because the worker stops; the job is handed back",
}


def rows_of(text, heading, column=0):
    """[[words in backquotes of that cell]] of the tables below the heading."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.*)\|$", section.group(1), re.MULTILINE) if section else []
    return [re.findall(r"`([^`]+)`", re.split(r"(?<!\\) \| ", row)[column]) for row in rows]


class ErrorCodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sources = error_codes.read_sources(ROOT)
        cls.codes = error_codes.collect_from(cls.sources)
        cls.text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
        cls.rows = rows_of(cls.text, "All codes")
        cls.documented = [code for row in cls.rows for code in row]

    def test_each_code_has_a_line(self):
        missing = {code: files for code, files in self.codes.items() if code not in self.documented and code not in INTERNAL}
        self.assertEqual(missing, {}, "codes that docs/operate.md (All codes) does not explain, with the files that make them")

    def test_each_line_has_a_code(self):
        self.assertEqual([code for code in self.documented if code not in self.codes], [], "explained in docs/operate.md, and made nowhere")
        self.assertEqual([code for code in INTERNAL if code not in self.codes or code in self.documented], [], "internal, and not made or explained")

    def test_the_table_is_in_order(self):
        self.assertEqual(sorted({code for code in self.documented if self.documented.count(code) > 1}), [], "explained twice")
        firsts = [row[0] for row in self.rows]
        self.assertEqual(firsts, sorted(firsts))
        for row in self.rows:
            self.assertEqual(row, sorted(row))

    def test_each_cell_says_something(self):
        for line in re.findall(r"^\| `.*\|$", self.text[self.text.index("\n## All codes\n"):], re.MULTILINE):
            self.assertTrue(re.fullmatch(r"\| `[^|]+` \| [^|]+ \| [^|]+ \| [^|]+ \|", line), line)

    def test_states_and_outcomes(self):
        """What a job can be and become, as core and the queue name it."""
        names = re.search(r"state_names\{([^}]*)\}", (ROOT / "core" / "job.cpp").read_text(encoding="utf-8")).group(1)
        section = self.text[self.text.index("## States and outcomes"):self.text.index("## Dead jobs")]
        for state in re.findall(r'"(\w+)"', names):
            self.assertIn(f"`{state}`", section)
        explained = {word for row in rows_of(self.text, "States and outcomes") for word in row}
        made = set()
        for source in self.sources:
            made |= set(re.findall(r'"((?:skipped|withheld): \w+)"', source.text))
            made |= {f"skipped: {skip}" for skip in re.findall(r'\bskip = "(\w+)"', source.text)}
        self.assertEqual(sorted(made - explained), [])


class Collecting(unittest.TestCase):
    """Each way of making a code that the sources use, in small."""

    def codes(self, *sources):
        return list(error_codes.collect_from([error_codes.Source(name, text) for name, text in sources]))

    def test_literals_and_conditions(self):
        self.assertEqual(self.codes(("a.cpp", 'Error f() { return transient_error("one", "why, and what"); }\n'
                                              'Error g(bool b) { return permanent_error(b ? "two" : "three", "x (y, z)"); }\n'
                                              'R h() { return error_response(404, "four", m); }')), ["four", "one", "three", "two"])

    def test_comments_and_texts_make_none(self):
        self.assertEqual(self.codes(("a.cpp", '// transient_error("one", "x")\n/* permanent_error("two", "x") */ const char* t = "permanent_error(three, x)";')), [])

    def test_constants_and_variables(self):
        self.assertEqual(self.codes(("a.h", 'inline constexpr const char* lost_code = "lost";'), ("b.cpp", 'constexpr std::string_view here = "here";\n'
                                     'Error f() { const char* code = !a.empty() ? "one"\n : "two"; return permanent_error(code, m); }\n'
                                     'Error g() { return poison_error(n::lost_code, m); }\nError h() { return permanent_error(std::string(here), m); }')),
                         ["here", "lost", "one", "two"])

    def test_a_constant_of_another_file_is_not_meant(self):
        self.assertEqual(self.codes(("a.cpp", 'constexpr const char* name = "one";'), ("b.cpp", "Error f() { return permanent_error(name, m); }")), [])

    def test_parameters(self):
        self.assertEqual(self.codes(("w.h", "Error ended(const std::string& who, int signal);"),
                                    ("w.cpp", 'Error ended(const std::string& who, int signal) { return poison_error(who + "_crashed", m); }'),
                                    ("a.cpp", 'Error f() { return ended("engine", 1); }\nError bad(const char* why, int n) { return refusal(why, n); }\n'
                                              'Error refusal(const std::string& reason, int n) { return permanent_error("file_" + reason, m); }\n'
                                              'Error g() { const auto no = [&](const std::string& what) { return bad(what.c_str(), 1); };\n return bad("cut", 2); }'),
                                    ("b.cpp", 'Error f() { return bad("not_here", 1); }')),
                         ["engine_crashed", "file_cut"])

    def test_structs(self):
        header = ("r.h", "struct Refusal {\n  std::string code;\n  std::string why;\n};\nstruct Row {\n  std::string_view prefix, code, sentence;\n};\n")
        self.assertEqual(self.codes(header, ("a.cpp", 'constexpr Row rows[] = {\n  {"1.2", "one", "a b"},\n  {"1.3", "two", "a b"},\n};\n'
                                                      'Refusal f() { return Refusal{"three", m}; }\nRefusal g() { return {"four", "it is not so"}; }\n'
                                                      'json h() { return {"key", value}; }')), ["four", "one", "three", "two"])

    def test_renamed(self):
        self.assertEqual(self.codes(("a.cpp", 'Error f() { return transient_error("http_late", m); }\n'
                                              'if (out.code.starts_with("http_")) out.code.replace(0, 5, "orthanc_");')), ["http_late", "orthanc_late"])


if __name__ == "__main__":
    unittest.main()
