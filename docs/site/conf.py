"""What Sphinx is told; `build.py` lays out what it reads."""

import kl_research

project = "kl_research"
author = "The kl_research authors"
project_copyright = author
release = version = kl_research.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
root_doc = "index"
language = "en"

# Notebooks show what they store; nothing is run here.
nb_execution_mode = "off"
suppress_warnings = ["mystnb.unknown_mime_type"]  # records, which are for programs
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block"]

autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
numpydoc_show_class_members = False
nitpick_ignore_regex = [("py:.*", ".*")]  # types of other packages; links between pages are checked

html_theme = "pydata_sphinx_theme"
html_title = "kl_research"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_start": ["navbar-logo"],
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "use_edit_page_button": False,
    "show_prev_next": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
