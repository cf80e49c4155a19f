"""What the main module comes to without a GPU, in spellings that hang and in look-alikes that do not."""

import pytest

from checks.context import Context
from checks.facts.without_gpu import stops_without_gpu
from checks.profiles import PROFILES
from checks.tree import SourceTree

START = "import os\nimport queue\nimport threading\nimport time\nimport torch\n"


def stops(code: str) -> list[tuple[int, str]]:
    """Line in ``code`` and kind of every stop."""
    tree = SourceTree({"src/main.py": (START + code).encode()})
    found = stops_without_gpu(Context(tree, PROFILES["base"]))
    return [(getattr(stop.node, "lineno", 0) - START.count("\n"), stop.why) for stop in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("g = [i for i in range(torch.cuda.device_count())]\nwhile not g: time.sleep(1)\n", (2, "loop")),
        ("n = torch.cuda.device_count()\ng = set(range(n))\nwhile not len(g):\n    time.sleep(1)\n", (3, "loop")),
        ("q = queue.Queue()\n[q.put(i) for i in range(torch.cuda.device_count())]\ng = q.get()\n", (3, "queue")),
        ("n = torch.cuda.device_count()\ns = threading.BoundedSemaphore(n)\ns.acquire()\n", (3, "semaphore")),
        ("def f():\n    return torch.cuda.device_count()\nx = 5 // f()\n", (3, "division")),
        (
            (
                "v = os.environ.get('CUDA_VISIBLE_DEVICES')\n"
                "ids = v.split(',') if v else [str(i) for i in range(torch.cuda.device_count())]\n"
                "free = ids.copy()\nwhile len(free) < 1:\n    print('waiting')\n    time.sleep(2)\n"
            ),
            (4, "loop"),
        ),
        (
            (
                "def work(q):\n    gpu = q.get()\n    q.put(gpu)\n\nq = queue.Queue()\nn = torch.cuda.device_count()\n"
                "for i in range(n):\n    q.put(i)\nt = threading.Thread(target=work, kwargs={'q': q})\nt.start()\n"
            ),
            (2, "queue"),
        ),
    ],
)
def test_finds_where_the_program_stops(code: str, expected: tuple[int, str]) -> None:
    assert stops(code)[:1] == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "n = torch.cuda.device_count() or 1\nprint(3 % n)\n",
        "g = list(range(torch.cuda.device_count()))\nif not g:\n    g = ['cpu']\nwhile not g:\n    time.sleep(1)\n",
        "g = list(range(torch.cuda.device_count()))\nif len(g) == 0:\n    g.append(None)\nwhile not g: time.sleep(1)\n",
        "q = queue.Queue()\nfor i in range(max(torch.cuda.device_count(), 1)):\n    q.put(i)\nq.get()\n",
        "n = torch.cuda.device_count()\nif n == 0:\n    raise SystemExit('no GPU')\nprint(1 % n)\n",
        "assert torch.cuda.device_count()\ng = []\ng += [unknown()]\nwhile not g: time.sleep(1)\n",
        "g = list(range(torch.cuda.device_count()))\nwhile not g:\n    g = look_again()\n",
        "g = list(range(torch.cuda.device_count()))\nwhile not g:\n    if late(): break\n    time.sleep(1)\n",
        "n = torch.cuda.device_count()\nif os.cpu_count() > 4:\n    print(1 % n)\n",
        "g = []\ndef init():\n    global g\n    g = [torch.cuda.device_count()]\ninit()\nwhile not g: time.sleep(1)\n",
        "n = torch.cuda.device_count()\ntry:\n    print(1 % n)\nexcept ZeroDivisionError:\n    n = 1\n",
        "n = torch.cuda.device_count()\nprint('%d GPUs' % n)\n",
        (
            "q = queue.Queue()\ndef feed():\n    q.put(torch.cuda.device_count())\n"
            "threading.Thread(target=feed).start()\nq.get()\n"
        ),
        "def f(n):\n    return f(n) if n else f(n)\nf(torch.cuda.device_count())\n",
    ],
)
def test_stays_silent_where_it_goes_on(code: str) -> None:
    assert stops(code) == []


def test_ends_on_code_without_end() -> None:
    nested = "".join(f"{'  ' * depth}for x{depth} in a:\n" for depth in range(15)) + "  " * 15 + "pass\n"
    assert stops(f"torch.cuda.device_count()\n{nested}" + "x = 1\n" * 30_000) == []
