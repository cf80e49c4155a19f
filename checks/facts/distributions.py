"""Which distribution provides an import name, and what the well-known distributions bring in with them.

Gathered from the metadata that these distributions publish (names in their normalised form). An import that is not in
the table is provided by the distribution of the same name. What a distribution brings in changes with its version:
the table lists what any recent version does, so that it can say "may come with", never "does not come with", for a
distribution that it does not have.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Set

from packaging.utils import canonicalize_name

_REMOVED = """
aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils formatter imghdr imp mailcap msilib nis nntplib
ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol telnetlib uu xdrlib
"""

REMOVED_FROM_STDLIB = frozenset(_REMOVED.split())
"""Modules that some supported Python version has and a later one lacks."""

STDLIB: Set[str] = sys.stdlib_module_names | REMOVED_FROM_STDLIB | {"__main__", "tomllib"}

_IMPORTS = """
absl: absl-py
antlr4: antlr4-python3-runtime
apex: apex nvidia-apex
attr: attrs
bs4: beautifulsoup4
causal_conv1d: causal-conv1d
community: python-louvain
cupy: cupy cupy-cuda11x cupy-cuda12x cupy-cuda13x
cv2: opencv-python opencv-python-headless opencv-contrib-python opencv-contrib-python-headless
datasketch: datasketch
dateutil: python-dateutil
deepspeed: deepspeed
dgl: dgl
dotenv: python-dotenv
docx: python-docx
github: pygithub
faiss: faiss-cpu faiss-gpu faiss-gpu-cu12
fitz: pymupdf
flash_attn: flash-attn
functorch: torch
git: gitpython
google.cloud.storage: google-cloud-storage
google.generativeai: google-generativeai
google.genai: google-genai
google.protobuf: protobuf
grpc: grpcio
gym: gym
hydra: hydra-core
hydra_plugins: hydra-core
igraph: igraph python-igraph
jax: jax
jaxlib: jaxlib jax
jwt: pyjwt
markdown_it: markdown-it-py
kornia: kornia
langchain_core: langchain-core
Levenshtein: levenshtein python-levenshtein
lightning: lightning
lightning_fabric: pytorch-lightning lightning
lightning_utilities: lightning-utilities
llama_cpp: llama-cpp-python
magic: python-magic
mamba_ssm: mamba-ssm
mpl_toolkits: matplotlib
mujoco_py: mujoco-py
open_clip: open-clip-torch
OpenSSL: pyopenssl
osgeo: gdal
ot: pot
PIL: pillow pillow-simd
pkg_resources: setuptools
pl_bolts: lightning-bolts
pylab: matplotlib
pynvml: nvidia-ml-py pynvml nvidia-ml-py3
pyspark: pyspark
pytorch_lightning: pytorch-lightning
pytz: pytz
rouge: rouge
rouge_score: rouge-score
ruamel.yaml: ruamel-yaml
sacrebleu: sacrebleu
sentencepiece: sentencepiece
serial: pyserial
setuptools: setuptools
sentry_sdk: sentry-sdk
skimage: scikit-image
sklearn: scikit-learn
sklearn_extra: scikit-learn-extra
skopt: scikit-optimize
slugify: python-slugify
speech_recognition: speechrecognition
tensorboardX: tensorboardx
tensorflow: tensorflow tensorflow-cpu tensorflow-gpu tensorflow-macos
tensorflow_datasets: tensorflow-datasets
torch_cluster: torch-cluster
torch_geometric: torch-geometric
torch_scatter: torch-scatter
torch_sparse: torch-sparse
torchdata: torchdata
torchgen: torch
umap: umap-learn
usb: pyusb
websocket: websocket-client
yaml: pyyaml
zmq: pyzmq
"""

_BRINGS = """
absl-py:
accelerate: huggingface-hub numpy packaging psutil pyyaml safetensors torch
aiohttp: attrs yarl multidict frozenlist aiosignal
albumentations: albucore numpy opencv-python-headless pydantic pyyaml scipy
albucore: numpy opencv-python-headless stringzilla simsimd
aiosignal: frozenlist
alembic: mako sqlalchemy typing-extensions
antlr4-python3-runtime:
attrs:
beautifulsoup4: soupsieve typing-extensions
bitsandbytes: numpy packaging torch
black: click mypy-extensions packaging pathspec platformdirs
causal-conv1d: ninja packaging torch
click:
cloudpickle:
colorlog:
contourpy: numpy
cycler:
datasets: aiohttp dill filelock fsspec httpx huggingface-hub multiprocess numpy packaging pandas pyarrow \
  pyyaml requests tqdm xxhash
deepspeed: einops hjson msgpack ninja numpy nvidia-ml-py packaging psutil py-cpuinfo pydantic torch tqdm
dill:
diffusers: filelock httpx huggingface-hub importlib-metadata numpy pillow regex requests safetensors
docstring-parser:
einops:
evaluate: datasets dill fsspec huggingface-hub multiprocess numpy packaging pandas requests tqdm xxhash
faiss-cpu: numpy packaging
faiss-gpu: numpy packaging
filelock:
flash-attn: einops torch
fonttools:
frozenlist:
fsspec: aiohttp
ftfy: wcwidth
fvcore: iopath numpy pillow pyyaml tabulate termcolor tqdm yacs
gitpython: gitdb
gpytorch: jaxtyping linear-operator mpmath scikit-learn scipy torch numpy
gym: cloudpickle gym-notices numpy
gymnasium: cloudpickle farama-notifications numpy typing-extensions
h5py: numpy
higher: torch
httpx: anyio certifi httpcore idna
huggingface-hub: filelock fsspec hf-xet httpx packaging pyyaml requests shellingham tqdm typer typer-slim \
  typing-extensions
hydra-colorlog: colorlog hydra-core
hydra-core: antlr4-python3-runtime omegaconf packaging pyyaml
hydra-joblib-launcher: hydra-core joblib
hydra-optuna-sweeper: hydra-core optuna
imageio: numpy pillow
ipykernel: ipython jupyter-client matplotlib-inline psutil pyzmq tornado traitlets
jinja2: markupsafe
joblib: cloudpickle
jsonlines: attrs
jsonschema: attrs referencing
kagglehub: kagglesdk packaging pyyaml requests tqdm
kiwisolver:
kornia: kornia-rs packaging torch
lightgbm: numpy scipy
lightning: fsspec lightning-utilities packaging pytorch-lightning pyyaml torch torchmetrics tqdm \
  typing-extensions
lightning-utilities: packaging setuptools typing-extensions
loguru:
lpips: numpy scipy torch torchvision tqdm
lxml:
mamba-ssm: causal-conv1d einops ninja packaging setuptools torch transformers triton
matplotlib: contourpy cycler fonttools kiwisolver numpy packaging pillow pyparsing python-dateutil
ml-collections: absl-py pyyaml
mlflow: alembic docker flask matplotlib numpy pandas pyarrow scikit-learn scipy sqlalchemy pyyaml requests \
  click
more-itertools:
mpmath:
msgpack:
multiprocess: dill
mypy: mypy-extensions pathspec typing-extensions
networkx:
ninja:
nltk: click joblib regex tqdm
numba: llvmlite numpy
numpy:
nvidia-ml-py:
omegaconf: antlr4-python3-runtime pyyaml
open-clip-torch: ftfy huggingface-hub regex safetensors timm torch torchvision tqdm
openai: anyio distro httpx jiter pydantic sniffio tqdm typing-extensions
opencv-contrib-python: numpy
opencv-python: numpy
opencv-python-headless: numpy
optuna: alembic colorlog numpy packaging pyyaml sqlalchemy tqdm
orjson:
packaging:
pandas: numpy python-dateutil pytz tzdata
patsy: numpy packaging
peft: accelerate huggingface-hub numpy packaging psutil pyyaml safetensors torch tqdm transformers
pillow:
platformdirs:
plotly: narwhals packaging
pluggy:
pot: numpy scipy
pre-commit: cfgv identify nodeenv pyyaml virtualenv
protobuf:
psutil:
pyarrow: numpy
pydantic: annotated-types pydantic-core typing-extensions typing-inspection
pyparsing:
pytest: iniconfig packaging pluggy pygments
pytest-cov: coverage pluggy pytest
python-dateutil: six
python-dotenv:
python-louvain: networkx numpy
pytorch-lightning: fsspec lightning-utilities packaging pyyaml torch torchmetrics tqdm typing-extensions
pytz:
pyyaml:
rdkit: numpy pillow
regex:
requests: certifi charset-normalizer idna urllib3
rich: markdown-it-py pygments
rouge-score: absl-py nltk numpy six
ruff:
sacrebleu: colorama lxml numpy portalocker regex tabulate
sacremoses: click joblib regex tqdm
safetensors:
scikit-image: imageio lazy-loader networkx numpy packaging pillow scipy tifffile
scikit-learn: joblib narwhals numpy scipy threadpoolctl
scipy: numpy
seaborn: matplotlib numpy pandas
sentence-transformers: huggingface-hub numpy pillow scikit-learn scipy torch tqdm transformers \
  typing-extensions
sentencepiece:
sentry-sdk: certifi urllib3
setuptools:
shap: cloudpickle numba numpy packaging pandas scikit-learn scipy slicer tqdm typing-extensions
six:
sqlalchemy: greenlet typing-extensions
statsmodels: formulaic numpy packaging pandas patsy scipy
sympy: mpmath
tabulate:
tensorboard: absl-py grpcio markdown numpy packaging pillow protobuf setuptools six tensorboard-data-server \
  werkzeug
tensorboardx: numpy packaging protobuf
termcolor:
thop: torch
threadpoolctl:
tifffile: numpy
tiktoken: regex requests
timm: huggingface-hub pyyaml safetensors torch torchvision
tokenizers: huggingface-hub
toml:
tomli:
torch: filelock fsspec jinja2 networkx setuptools sympy triton typing-extensions
torch-geometric: aiohttp fsspec jinja2 numpy psutil pyparsing requests scikit-learn scipy tqdm xxhash
torch-optimizer: pytorch-ranger torch
torchaudio: torch
torchdata: requests torch urllib3
torchdiffeq: scipy torch
torchinfo:
torchmetrics: lightning-utilities numpy packaging torch
torchsummary:
torchtext: numpy requests torch tqdm
torchvision: numpy pillow torch
tqdm:
transformers: filelock huggingface-hub numpy packaging pyyaml regex requests safetensors tokenizers tqdm \
  typer typer-slim
transformers[torch]: accelerate torch
transformers[sentencepiece]: protobuf sentencepiece
triton: setuptools
trl: accelerate datasets packaging rich transformers tyro
typeguard: typing-extensions
typer: click rich shellingham typing-extensions
types-pyyaml:
typing-extensions:
tyro: docstring-parser rich shtab typing-extensions
tzdata:
umap-learn: numba numpy pynndescent scikit-learn scipy tqdm
urllib3:
wandb: click eval-type-backport gitpython platformdirs protobuf pydantic pyyaml requests sentry-sdk \
  setproctitle typing-extensions xxhash
wcwidth:
wheel: packaging
xgboost: numpy nvidia-nccl-cu12 scipy
xxhash:
yacs: pyyaml
zstandard:
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {key: tuple(values.split()) for key, _, values in rows}


IMPORTS: Mapping[str, tuple[str, ...]] = _table(_IMPORTS)
"""Import name, dotted where a namespace is shared, to the distributions of which any one provides it."""

BRINGS: Mapping[str, tuple[str, ...]] = _table(_BRINGS)
"""Distribution, or ``distribution[extra]``, to what it brings in directly."""


def providers(module: str) -> tuple[str, ...]:
    """The distributions of which any one provides a module, by its longest known prefix."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        known = IMPORTS.get(".".join(parts[:length]))
        if known:
            return known
    return (canonicalize_name(parts[0]),)


def brought_in(names: Iterable[str]) -> dict[str, str]:
    """Everything that the named distributions (``name`` or ``name[extra]``) bring in, each with one that brings it."""
    found: dict[str, str] = {}
    for root in names:
        stack = list(_direct(root))
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = root.partition("[")[0]
                stack.extend(_direct(name))
    return found


def unknown(names: Iterable[str]) -> Iterator[str]:
    """Those of the named distributions of which the table does not know what they bring in."""
    yield from (name for name in names if name not in BRINGS)


def _direct(name: str) -> tuple[str, ...]:
    return BRINGS.get(name, ()) + (BRINGS.get(name.partition("[")[0], ()) if "[" in name else ())
