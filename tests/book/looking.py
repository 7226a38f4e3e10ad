"""What the tests look for on a page, as text and in a browser; test_site_faults.py sees each of these find a fault."""
import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'
VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]'
# A chapter's figures run when somebody comes near; one with a link is heavy, and left alone.
COME_NEAR = """async (views) => {
    for (const view of document.querySelectorAll(views)) {
        if (JSON.parse(view.textContent).link) continue;
        view.parentElement.scrollIntoView();
        await new Promise((resolve) => setTimeout(resolve, 60));
    }
    scrollTo(0, 0);
}"""
FEWEST_WORDS = 4
COLOURS = ["color-contrast", "link-in-text-block"]          # the rules whose verdict can depend on the theme


# As text -------------------------------------------------------------------------------------------------------------
class Page(HTMLParser):
    """What a page holds: its elements as (tag, attributes), the ids to link to, and the pictures of its article."""

    def __init__(self, text: str):
        super().__init__()
        self.text, self.elements, self.pictures, self.inside = text, [], [], False
        self.feed(text)
        self.ids = {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        self.inside |= tag == "article"
        if tag == "img" and self.inside:
            self.pictures.append(self.elements[-1][1])

    def handle_endtag(self, tag):
        self.inside &= tag != "article"

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def loaded_from_elsewhere(page: Page) -> list[str]:
    """Addresses of other hosts that a browser would ask by itself; a link is a place to go to."""
    asking = [attributes for tag, attributes in page.elements
              if tag != "a" and attributes.get("rel") not in ("canonical", "license")]
    return [attributes[name] for attributes in asking for name in ("src", "href", "srcset", "data", "action")
            if re.match(r"(https?:)?//", attributes.get(name, ""))]


def wordless(page: Page) -> list[str]:
    """Pictures without alt text, with a file's name for it, or, where they are part of the text, with hardly any."""
    def poor(alt, fewest):
        return len(re.findall(r"\w+", alt)) < fewest or re.search(r"\.(png|svg|jpe?g|gif|webp)\W*$", alt)
    return [*(image["src"][-80:] for image in page.all("img") if poor(image.get("alt", ""), 1)),
            *(image["src"][-80:] for image in page.pictures if poor(image.get("alt", ""), FEWEST_WORDS))]


def dead_links(site: Path, pages: dict[str, Page]) -> list[tuple[str, str]]:
    """Links to a page, a file or a place on a page that is not there; ``pages``: by their paths in ``site``, parsed."""
    dead = []
    for path, page in pages.items():
        for link in (attributes[name] for _, attributes in page.elements for name in ("href", "src")
                     if attributes.get(name)):
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = ((site / path).parent / unquote(parts.path)).resolve() if parts.path else (site / path).resolve()
            inside = target.is_relative_to(site.resolve()) and target.is_file()
            other = pages.get(target.relative_to(site.resolve()).as_posix()) if inside else None
            if not inside or (parts.fragment and other and unquote(parts.fragment) not in other.ids):
                dead.append((path, link))
    return dead


# In a browser --------------------------------------------------------------------------------------------------------
def visit(page, base: str, path: str) -> tuple[list[str], list]:
    """Open ``base/path`` and have its figures run. Returns everything that is not as it should be, and the responses
    but for pictures on the way to a figure, which a reader who stays on top never loads."""
    wrong, responses = [], []
    allowed = (f"{base}/", "data:", "blob:null", f"blob:{urlsplit(base).scheme}://{urlsplit(base).netloc}")
    page.on("request", lambda request: request.url.startswith(allowed) or wrong.append(f"asked for {request.url}"))
    page.on("requestfailed", lambda request: wrong.append(f"did not get {request.url}"))
    page.on("response", lambda response: wrong.append(f"missing {response.url}") if response.status >= 400
            else responses.append(response))
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{base}/{path}", wait_until="networkidle")
    at_first = len(responses)
    page.evaluate(COME_NEAR, VIEW)
    page.wait_for_timeout(300)
    passed = [response for response in responses[at_first:] if response.request.resource_type != "image"]
    return wrong, responses[:at_first] + passed


def weight(page, responses) -> tuple[int, int]:
    """Bytes without and with the page's own figures, text compressed, as GitHub Pages and its like send it."""
    apart = re.compile(r"_static/(explorer|\d\d_\w+-\w{8})\.js$")        # others of them, in files of their own
    frames = [text.encode() for text in page.locator(STATE).all_text_contents()]              # a widget's pictures
    lean = whole = 0
    for response in responses:
        if not response.url.startswith("http"):
            continue
        body = response.body()
        if response.request.resource_type in ("image", "font"):
            whole, lean = whole + len(body), lean + len(body) * (response.request.resource_type == "font")
            continue
        whole += len(gzip.compress(body))
        if apart.search(response.url):
            continue
        for text in frames:
            body = body.replace(text, b"")
        lean += len(gzip.compress(body))
    return lean, whole


# A long chapter holds thousands of bits of coloured text, nearly all in code and formulas, and axe takes minutes for
# them. Contrast depends on how a bit of text looks and what lies under it, so one of each kind is enough; what else is
# asked of code and formulas is their place and size, which stay.
LOOKS = """(looks) => {
  const grounds = new Map([[null, ""]]);
  function ground(element) {
    if (!grounds.has(element)) {
      const { opacity, filter, backgroundImage, backgroundColor } = getComputedStyle(element);
      grounds.set(element, [ground(element.parentElement), opacity, filter, backgroundImage, backgroundColor].join());
    }
    return grounds.get(element);
  }
  looks ??= new Map();
  for (const element of document.querySelectorAll("pre, pre *, .katex-html *"))
    if ([...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) {
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const large = parseFloat(fontSize) >= (fontWeight < 700 ? 24 : 18.66);             // of which less is asked
      looks.set(element, [looks.get(element), color, large, ground(element)].join());
    }
  return looks;
}"""
KEEP_ONE_OF_EACH = """(looks) => {
  const first = new Map([...looks].reverse().map(([element, look]) => [look, element])), kept = new Set(first.values());
  const spare = (run) => ![...run.querySelectorAll("*")].some((element) => kept.has(element));
  const formulas = [...document.querySelectorAll(".katex")].filter(spare).map((formula) => [formula,
    formula.getBoundingClientRect().width]);
  for (const [formula, width] of formulas) {
    const box = document.createElement("span");
    box.style.cssText = `display: inline-block; height: 1em; width: ${width}px`;
    box.role = "img";
    box.ariaLabel = "formula";                 // it may be all that names a heading or a link
    formula.replaceChildren(box);
  }
  for (const code of document.querySelectorAll("pre"))
    if (spare(code)) code.textContent = code.textContent;
    else for (const bit of code.querySelectorAll("span"))
      if (looks.has(bit) && !kept.has(bit) && !bit.querySelector("*")) bit.replaceWith(bit.textContent);
}"""


def show(page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)


def unfold(page) -> None:
    """Open every fold; what waits in it as text becomes elements first."""
    page.evaluate("""dispatchEvent(new Event("beforeprint"));
                     for (const hidden of document.querySelectorAll("details")) hidden.open = true""")


def axe_violations(page) -> list[tuple[str, str, str]]:
    """What axe finds on the page now open, light and dark; everything that was folded is unfolded. Spoils the page."""
    from axe_playwright_python.sync_playwright import Axe

    def run(scheme, **options):
        result = Axe().run(page, options={"preload": False, "resultTypes": ["violations"], **options}).response
        assert result["passes"], "axe found nothing to look at"
        return [(scheme, rule["id"], node["html"]) for rule in result["violations"] for node in rule["nodes"]]

    unfold(page)
    page.add_style_tag(content="* { transition: none !important }")      # a colour on its way has too little contrast
    looks = None
    for scheme in ("dark", "light"):
        show(page, scheme)
        looks = page.evaluate_handle(LOOKS, looks)
    page.evaluate(KEEP_ONE_OF_EACH, looks)
    found = run("light", rules={"td-has-header": {"enabled": True}})       # Lighthouse asks for it, axe by itself not
    show(page, "dark")
    return found + run("dark", runOnly=COLOURS)


def spare_width(page) -> int:
    """Pixels between the widest thing and the window's edge; negative where the page scrolls sideways."""
    return page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
