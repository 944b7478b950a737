"""The settings of Sphinx: `tox -e docs` builds the site from the pages in this folder and from docstrings."""

from __future__ import annotations

import sys
from pathlib import Path

import anyscale_sessions

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "anyscale-sessions"
author = "The anyscale-sessions authors"
version = release = anyscale_sessions.__version__
project_copyright = author

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "api_reference"]
exclude_patterns = ["extensions"]

html_theme = "furo"
html_title = f"anyscale-sessions {release}"
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

smartquotes = False
default_role = "py:obj"  # docstrings name things in single backquotes
add_module_names = False
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
