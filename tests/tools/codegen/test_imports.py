"""tools/codegen/imports.py: a module keeps the imports that it uses, each once."""

from __future__ import annotations

import pytest

from codegen.imports import with_used_imports


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import re\nimport os\n\nos.getcwd()\n", "import os\n\nos.getcwd()\n"),
        ("import os.path\n\nos.getcwd()\n", "import os.path\n\nos.getcwd()\n"),
        ("import datetime as _datetime\nimport re as _re\n_re.I\n", "import re as _re\n_re.I\n"),
        ("from a import b, c, d\n\nx: c = d\n", "from a import c, d\n\nx: c = d\n"),
        ("from a import (\n    b,\n    c,\n)\nc()\n", "from a import c\nc()\n"),
        ("from ..a import b as _b, c\n_b()\n", "from ..a import b as _b\n_b()\n"),
    ],
)
def test_unused_import_is_removed(source: str, expected: str) -> None:
    """A name that a module does not use is not imported."""
    assert with_used_imports(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from a import b\nfrom a import b\nb()\n", "from a import b\nb()\n"),
        ("from a import b\nb()\nfrom c import b, d\nd()\n", "from a import b\nb()\nfrom c import d\nd()\n"),
    ],
)
def test_second_import_of_a_name_is_removed(source: str, expected: str) -> None:
    """A name that was imported before is not imported again."""
    assert with_used_imports(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\n",
        "from a import b as b\n",
        "import a as a\n",
        "if x:\n    import a\n",
        "from a import b\n\n\ndef f(value: b) -> None: ...\n",
        "no Python at all\n",
    ],
)
def test_other_text_stays(source: str) -> None:
    """Imports that are used, or meant for others, and everything else stay as they are."""
    assert with_used_imports(source) == source
