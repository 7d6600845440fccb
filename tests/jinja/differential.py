#!/usr/bin/python3
"""Renders generated templates with trestle-render and with Jinja2 itself
(Debian's python3-jinja2) and compares. A seeded generator: the same seed makes
the same templates.

usage: differential.py RENDERER [--count N] [--seed S] [--show N]

Two results are equal when both are the same page, or both are errors. Exit 0
when all are equal, 1 when not, 77 when Jinja2 is not there.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile

try:
    import jinja2
except ImportError:
    print("differential: python3-jinja2 is not installed", file=sys.stderr)
    sys.exit(77)

CONTEXT = {
    "t": True, "f": False, "nil": None, "zero": 0, "one": 1, "neg": -7,
    "n": 42, "pi": 3.14159, "half": 0.5, "huge": 1e22, "tiny": 1e-7,
    "s": "hello world", "empty": "", "html": "<b>\"Fish\" & 'Chips'</b>",
    "uni": "Grüße, 世界 🎉", "ml": "line1\nline2\n\nline4", "pad": "  x \n",
    "num_s": "17", "float_s": "2.50", "nums": [3, 1, 2], "dups": [1, 2, 2, 1],
    "words": ["banana", "apple", "Cherry", "<i>"], "mixed": [0, 1, "", None],
    "pairs": [["a", 1], ["b", 2]], "floats": [1.5, 2.25, 3.0],
    "d": {"b": 2, "a": 1, "C": 3}, "nested": {"x": {"y": [1, {"z": "deep"}]}},
    "users": [{"name": "Ann", "age": 31, "tags": ["a", "b"]},
              {"name": "bob <3", "age": 25, "tags": []},
              {"name": "Cy", "age": 31, "tags": ["c"]}],
}
FILES = {
    "base.html": "<{% block head %}H{{ s }}{% endblock %}|{% block body %}B"
                 "{% endblock %}>",
    "inc.html": "[{{ s }}{{ x }}{{ loop.index if loop }}]",
    "lib.html": "{% macro tag(n, c='') %}<{{ n }}>{{ c }}{{ caller() if caller"
                " }}</{{ n }}>{% endmacro %}{% set version = 2 %}",
}
TEXTS = ["s", "html", "uni", "ml", "pad", "num_s", "float_s", "empty"]
LISTS = ["nums", "dups", "words", "mixed", "floats", "pairs", "users"]
NUMBERS = ["zero", "one", "neg", "n", "pi", "half", "huge", "tiny", "t"]


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def pick(self, *choices):
        choice = self.r.choice(choices)
        return choice() if callable(choice) else choice

    def conversion(self):
        return "%" + "".join(self.r.choice(choices) for choices in (
            ["", "", "-", "+", " ", "0", "#"], ["", "", "5", "12"],
            ["", "", ".2", ".0"], "sradixXoeEfgGcc%"))

    def integer(self):
        return str(self.r.choice([0, 1, 2, 3, 5, 7, 10, -1, -3, 100]))

    def string(self):
        return self.r.choice(["'a'", "'<b>'", "'x y z'", "''", "'%s'", "'é'",
                              "'A-b c'", "\"it's\"", "'1.5'", "', '"])

    def number(self, depth):
        if depth <= 0 or self.r.random() < .4:
            return self.pick(self.integer, self.r.choice(NUMBERS),
                             self.r.choice(["1.5", "0.1", "2.0", "1e3"]))
        a, b = self.number(depth - 1), self.number(depth - 1)
        op = self.r.choice(["+", "-", "*", "/", "//", "%"])
        return self.pick(
            f"({a} {op} {b})", f"({a} | abs)", f"({a} | int)",
            f"({a} | round({self.r.choice(['0', '1', '2'])}))",
            f"({self.list(depth - 1)} | length)",
            f"({a} if {self.test(depth - 1)} else {b})", f"(-{a})",
            f"({self.text(depth - 1)} | int(3))", f"({a} | float)",
            f"({self.r.choice(['2', '3', 'n'])} ** {self.r.choice('0123')})")

    def text(self, depth):
        if depth <= 0 or self.r.random() < .35:
            return self.pick(self.string, self.r.choice(TEXTS))
        a = self.text(depth - 1)
        i = self.integer()
        return self.pick(
            f"({a} ~ {self.any(depth - 1)})", f"({a} + {self.text(depth - 1)})",
            f"({a} | upper)", f"({a} | title)", f"({a} | capitalize)",
            f"({a} | trim)", f"({a} | e)", f"({a} | safe)", f"({a} | string)",
            f"({a} | replace({self.string()}, {self.string()}))",
            f"({a} | truncate({self.r.choice(['5', '9', '12'])}, "
            f"{self.r.choice(['true', 'false'])}, '..', 0))",
            f"({a} | center({self.r.choice(['5', '20'])}))",
            f"({a} | indent({self.r.choice(['2', '1, true'])}))",
            f"({a} | wordwrap({self.r.choice(['5', '8', '3'])}))",
            f"({a} | striptags)", f"({a} | urlencode)", f"({a} | forceescape)",
            f"({a})[{self.r.choice(['0', '-1', '1:', ':3', '::-1', '1:4:2'])}]",
            f"({a} * {self.r.choice('0123')})", f"({a} | reverse)",
            f"({self.list(depth - 1)} | join({self.string()}))",
            f"({self.string()} % {self.any(depth - 1)})",
            f"('{self.conversion()}' % {self.any(depth - 1)})",
            f"('%05.1f|%-4s|%x' | format({self.number(0)}, {a}, {self.r.choice(['n', 'one'])}))",
            f"'{{0:>{self.r.choice('468')}}}|{{1}}'.format({a}, {self.number(0)})",
            f"({a}).{self.r.choice(['lower()', 'strip()', 'swapcase()', 'casefold()', 'title()', 'zfill(9)', 'ljust(9)', 'rjust(9, chr0)'.replace(', chr0', ''), 'expandtabs()'])}",
            f"({a}).replace({self.string()}, 'Q')",
            f"({self.any(depth - 1)} | tojson)", f"({a} | default('q', true))")

    def list(self, depth):
        if depth <= 0 or self.r.random() < .4:
            return self.pick(self.r.choice(LISTS), "[1, 2, 3]", "['b', 'A']",
                             "range(4)", "[]", "(1, 'x')")
        a = self.list(depth - 1)
        return self.pick(
            f"({a} | list)", f"({a} | reverse | list)", f"({a} | sort)",
            f"({a} | unique | list)", f"({a} | map('string') | list)",
            f"({a} | map('upper') | list)", f"({a} | select | list)",
            f"({a} | reject('none') | list)", f"({a} | batch(2) | list)",
            f"({a} | slice(2) | list)", f"({a} | sort(reverse=true))",
            f"(users | map(attribute='{self.r.choice(['name', 'age', 'zz'])}') | list)",
            f"(users | selectattr('age', 'gt', 26) | list)",
            f"(users | groupby('age') | list)", f"(d | dictsort)",
            f"(d | items | list)", f"({self.text(depth - 1)} | list)",
            f"({self.text(depth - 1)}).split({self.r.choice(['', 'chr', ])})".replace("chr", "' '"),
            f"({self.text(depth - 1)}).splitlines()",
            f"({a})[{self.r.choice(['1:', ':2', '::-1', '::2'])}]",
            f"[{self.any(depth - 1)}, {self.any(depth - 1)}]",
            f"({a} + {self.list(depth - 1)})")

    def test(self, depth):
        if depth <= 0:
            return self.r.choice(["t", "f", "s", "empty", "nums", "missing"])
        a, b = self.any(depth - 1), self.any(depth - 1)
        op = self.r.choice(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
        name = self.r.choice(["defined", "none", "string", "number", "mapping",
                              "sequence", "iterable", "odd", "even", "boolean",
                              "integer", "float", "lower", "upper", "escaped",
                              "callable", "undefined", "true", "false",
                              "divisibleby 3", "in nums", "eq 1", "sameas t"])
        return self.pick(f"({a} {op} {b})", f"({a} is {name})",
                         f"({a} is not {name})", f"(not {a})",
                         f"({self.test(depth - 1)} and {self.test(depth - 1)})",
                         f"({self.test(depth - 1)} or {self.test(depth - 1)})")

    def any(self, depth):
        kind = self.r.random()
        if kind < .3:
            return self.number(depth)
        if kind < .65:
            return self.text(depth)
        if kind < .85:
            return self.list(depth)
        return self.pick(lambda: self.test(depth), "none", "missing", "d",
                         "nested.x.y[1].z", "nested['x']", "d.a", "d.zz",
                         "users[0].name", "users[9]",
                         lambda: f"({self.list(depth)} | first)",
                         lambda: f"({self.list(depth)} | last)",
                         lambda: f"({self.list(depth)} | min)",
                         lambda: f"({self.list(depth)} | max)",
                         lambda: f"({self.list(depth)} | sum)",
                         "{'k': 1, 'a': html}", "(1, 2)")

    def body(self, depth):
        return "".join(self.statement(depth)
                       for _ in range(self.r.randint(1, 3)))

    def statement(self, depth):
        if depth <= 0 or self.r.random() < .4:
            return self.pick(lambda: "{{ %s }}" % self.any(2), "text ", "\n",
                             lambda: "{{- %s -}} " % self.any(1),
                             "{{ x }}", "{{ y }}")
        b = self.body
        name = self.r.choice("xyz")
        return self.pick(
            lambda: "{%% if %s %%}%s{%% elif %s %%}%s{%% else %%}%s{%% endif %%}" % (
                self.test(2), b(depth - 1), self.test(1), b(depth - 1), b(depth - 1)),
            lambda: "{%% for %s in %s %%}%s{{ loop.index }}{%% else %%}E{%% endfor %%}" % (
                name, self.list(1), b(depth - 1)),
            lambda: "{%% for %s in %s if %s %%}%s{%% if loop.last %%}L{%% endif %%}{%% endfor %%}" % (
                name, self.list(1), self.r.choice([name, f"{name} != 1", "t"]), b(depth - 1)),
            lambda: "{%% for k, v in d.items() %%}{{ k }}{{ v }}%s{%% endfor %%}" % b(depth - 1),
            lambda: "{%% set %s = %s %%}" % (name, self.any(2)),
            lambda: "{%% set %s %%}%s{%% endset %%}{{ %s }}" % (name, b(depth - 1), name),
            lambda: "{%% with %s = %s %%}%s{%% endwith %%}" % (name, self.any(1), b(depth - 1)),
            lambda: "{%% macro m%s(a, b=%s) %%}%s{{ a }}{{ b }}{%% endmacro %%}{{ m%s(%s) }}" % (
                name, self.any(1), b(depth - 1), name, self.any(1)),
            lambda: "{%% filter %s %%}%s{%% endfilter %%}" % (
                self.r.choice(["upper", "trim", "indent(2)", "replace('a', 'b')"]), b(depth - 1)),
            lambda: "{%% from 'lib.html' import tag %%}{%% call tag('%s', %s) %%}%s{%% endcall %%}" % (
                name, self.any(1), b(depth - 1)),
            # Not without context: Jinja2 3.1.2 writes that outside of a capture.
            "{% include 'inc.html' %}",
            "{% import 'lib.html' as lib %}{{ lib.version }}{{ lib.tag('p', html) }}",
            "{% set ns = namespace(c=0) %}{% for q in nums %}{% set ns.c = ns.c + q %}{% endfor %}{{ ns.c }}",
            lambda: "{%% autoescape %s %%}%s{%% endautoescape %%}" % (
                self.r.choice(["true", "false"]), b(depth - 1)),
            lambda: "{%% trans u=%s %%}a {{ u }} b{%% endtrans %%}" % self.any(1),
            "{% raw %}{{ x }}{% endraw %}", "{#- c -#}")

    def template(self):
        kind = self.r.random()
        if kind < .55:
            return "[{{ %s }}]" % self.any(3)
        if kind < .9:
            return self.body(3)
        return ("{%% extends 'base.html' %%}{%% set x = 1 %%}{%% block %s %%}%s"
                "{{ super() }}{%% endblock %%}") % (self.r.choice(["head", "body"]), self.body(2))


class Timeout(Exception):
    pass


def on_alarm(*_):
    raise Timeout()


def ask_jinja(environment, text):
    environment.loader.mapping["main.html"] = text
    environment.cache.clear()
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        return environment.get_template("main.html").render(
            json.loads(json.dumps(CONTEXT)))
    except Timeout:
        return None
    except Exception as error:  # any error is an error
        return error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("renderer")
    options.add_argument("--count", type=int, default=10000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, default=20)
    options = options.parse_args()
    signal.signal(signal.SIGALRM, on_alarm)
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(dict(FILES)), autoescape=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"])
    environment.install_null_translations()
    generator = Generator(options.seed)
    equal = different = skipped = errors = 0
    with tempfile.TemporaryDirectory(prefix="trestle-jinja-") as folder:
        with open(f"{folder}/context.json", "w") as file:
            json.dump(CONTEXT, file)
        os.mkdir(f"{folder}/t")
        for name, text in FILES.items():
            with open(f"{folder}/t/{name}", "w") as file:
                file.write(text)
        process = subprocess.Popen(
            [options.renderer, "--batch"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, encoding="utf-8")
        while equal + different < options.count:
            text = generator.template()
            expected = ask_jinja(environment, text)
            # Addresses and lazy objects are not shown by Trestle.
            if expected is None or isinstance(expected, str) and (
                    " at 0x" in expected or "object" in expected):
                skipped += 1
                continue
            with open(f"{folder}/t/main.html", "w", newline="") as file:
                file.write(text)
            process.stdin.write(json.dumps({
                "id": 1, "templates": f"{folder}/t", "entry": "main.html",
                "context": f"{folder}/context.json"}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            failed = isinstance(expected, Exception)
            errors += failed
            if failed and not answer["ok"] or answer.get("output") == expected:
                equal += 1
                continue
            different += 1
            if different <= options.show:
                print("template:", repr(text))
                print("  jinja2: ", repr(expected))
                print("  trestle:", repr(answer.get("output", answer)))
        process.stdin.close()
        process.wait()
    print(f"differential: {equal} equal ({errors} of them errors), "
          f"{different} different, {skipped} skipped, seed {options.seed}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
