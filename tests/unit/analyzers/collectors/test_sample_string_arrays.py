"""Strings of obfuscated JavaScript are put back, whatever the array is turned by and encoded with; and what the script is for."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.sample_fetched import NOTICE, Span
from analyzers.collectors.sample_javascript import purpose_is_malicious
from analyzers.collectors.sample_string_arrays import SMALL_FIRST, strings_put_back

KEYS = ("q@3J", "Zk(1", "m%9x")
BASE = 0x1B5
STANDARD_FIRST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def rc4(key: str, text: str) -> str:
    """RC4 over characters, as the obfuscator has it (its own code, written once more)."""
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + ord(key[i % len(key)])) & 255
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = ""
    for char in text:
        i = (i + 1) & 255
        j = (j + box[i]) & 255
        box[i], box[j] = box[j], box[i]
        out += chr(ord(char) ^ box[(box[i] + box[j]) & 255])
    return out


def encoded(text: str, way: str, key: str) -> str:
    if way == "none":
        return text
    raw = rc4(key, text) if way == "rc4" else text
    return base64.b64encode(raw.encode()).decode().rstrip("=").translate(str.maketrans(STANDARD_FIRST, SMALL_FIRST))


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def obfuscated(strings: list[str], body: str, way: str = "none", turn: int = 0) -> str:
    """A script in the obfuscator's form: `§n` in `body` is a call for string n through a function that moves the index."""
    numbers = ["3kidiDo", "41fooBar", "7zz"]
    every = [*strings, *numbers]
    kept = [encoded(one, way, KEYS[n % 3]) for n, one in enumerate(every)]
    kept = kept[-turn:] + kept[:-turn] if turn else kept
    helper = f"const z='{SMALL_FIRST}=';" if way != "none" else ""
    helper += "k['charCodeAt'](0);k['charCodeAt'](1);k['charCodeAt'](2);" if way == "rc4" else ""

    def call(n: int, function: str = "w", shift: int = 0x20) -> str:
        key = f",'{KEYS[n % 3]}'" if way == "rc4" else ",'none'"
        return f"{function}({hex(BASE + n + shift)}{key})"

    first = len(strings)
    total = "+".join(f"-parseInt({call(first + n, 'v', 0)})/0x1*(-0x{n + 2})" for n in range(3))
    wanted = sum(value * (n + 2) for n, value in enumerate((3, 41, 7)))
    for n in range(len(strings)):
        body = body.replace(f"§{n}", call(n))
    return (
        f"function b(c,k){{c=c-(0x100+{hex(BASE - 0x100)});const e=a();let f=e[c];{helper}return f;}}"
        f"(function(c,d){{const v=b,e=c();while(!![]){{try{{const f={total};if(f===d)break;else e['pu¦sh'](e['shift']());}}"
        f"catch(g){{e['pu¦sh'](e['shift']());}}}}}}(a,{hex(wanted)}*0x1));"
        f"function a(){{const q=[{','.join(map(quoted, kept))}];a=function(){{return q;}};return a();}}"
        f"function w(p,r){{return b(p-0x20,r);}}{body}"
    ).replace("¦", "")


@pytest.mark.parametrize("way", ["none", "base64", "rc4"])
@pytest.mark.parametrize("turn", [0, 1, 5])
def test_strings_are_put_back_whatever_the_array_is_turned_by(way: str, turn: int) -> None:
    script = obfuscated(["alpha", "it's", "back\\slash", "naïve ✓"], "use(§0,§1);run(§2+§3);", way, turn)
    assert strings_put_back(script).endswith(r"use('alpha','it\'s');run('back\\slash'+'naïve ✓');")


@given(
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12), min_size=1, max_size=8),
    st.integers(0, 9),
)
def test_every_string_comes_back(strings: list[str], turn: int) -> None:
    body = "".join(f"use(§{n});" for n in range(len(strings)))
    expected = "".join(f"use({quoted(one)});" for one in strings)
    assert strings_put_back(obfuscated(strings, body, "rc4", turn % (len(strings) + 3))).endswith(expected)


@given(st.text(alphabet="abw(){}[]='\",;-+*/0x1fconst functio", max_size=300))
def test_damaged_scripts_do_no_harm(noise: str) -> None:
    script = obfuscated(["alpha", "beta"], "use(§0);", "base64", 1)
    half = len(script) // 2
    assert isinstance(strings_put_back(script[:half] + noise + script[half:]), str)


@pytest.mark.parametrize("numbers", ["(" * 300 + "1" + ")" * 300, "-" * 5000 + "1", "+".join("1" * 3000), "1/0x0", "9**9**9", ""])
def test_numbers_that_nobody_writes_end_nothing(numbers: str) -> None:
    script = obfuscated(["alpha"], "use(§0);").replace("p-0x20", numbers)
    assert "use(w(" in strings_put_back(script)


def test_what_is_no_string_array_stays_as_it_is() -> None:
    script = "const list=['a','b'];function pick(n){return other[n];}pick(0x1);"
    assert strings_put_back(script) == script


MALICIOUS = {
    "runs what it fetched": (
        ["child_¦process", "ht¦tps", "tmp¦dir"],
        "r(§1).get(u,s=>s.pipe(f.createWriteStream(o[§2]())));r(§0).exec(p);",
    ),
    "a shell": (["child_¦process", "n¦et", "spa¦wn", "/bin/¦sh"], "c=r(§0)[§2](§3);s=new(r(§1).Socket)();s.pipe(c['stdin']);"),
    "keys": (["ht¦tps", "Login¦ Data", "Local Extension¦ Settings"], "r(§0).request(read(§1)+read(§2));"),
    "answers": (["axi¦os", "require", "da¦ta"], "r(§0).get(u).then(x=>new Function(§1,x[§2]['cookie'])(r));"),
}
HARMLESS = {
    "a menu": (["querySelector", "/api/menu", "addEventListener"], "fetch(§1);document[§0]('a')[§2]('click',go);"),
    "a checkout": (
        ["card_number", "cvc", "/payments"],
        "fetch(§2,{body:JSON.stringify({n:f[§0].value,c:f[§1].value})});document.querySelector(f);",
    ),
    "a payment": (["eth_sendTransaction", "/api/order"], "fetch(§1);window.ethereum.request({method:§0});"),
}


@pytest.mark.parametrize("way", ["none", "base64", "rc4"])
@pytest.mark.parametrize("kind", [*MALICIOUS, *HARMLESS])
def test_purposes(kind: str, way: str) -> None:
    strings, body = (MALICIOUS | HARMLESS)[kind]
    script = obfuscated([one.replace("¦", "") for one in strings], body, way, 2)
    found = purpose_is_malicious(script.encode(), Span(0, 1))
    assert (found is not None and found.most > NOTICE) == (kind in MALICIOUS)


def test_commands_and_a_way_out_are_worth_a_note() -> None:
    script = obfuscated(["child_process", "https", "hostname"], "r(§0).execSync(§2);r(§1).request({host:'licence.example'});", "rc4", 1)
    found = purpose_is_malicious(script.encode(), Span(0, 1))
    assert found is not None
    assert found.most == NOTICE
