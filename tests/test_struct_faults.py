"""Where the struct flag is on, checked against OmegaConf itself."""

import copy

import pytest
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from checks.context import Context
from checks.facts.struct_faults import struct_faults
from checks.profiles import PROFILES
from checks.tree import SourceTree

CONFIG = {"run": "a", "mode": "full", "results_dir": "results", "a": {"x": 1}, "n": None, "s": "text", "e": {}}
RUN = {"run_id": "a", "a": {"x": 2}}
NAMES = {"OmegaConf": OmegaConf, "open_dict": open_dict, "copy": copy, "DictConfig": DictConfig}
HEAD = "import copy\nimport hydra\nfrom omegaconf import DictConfig, OmegaConf, open_dict\n"
LOADED = "OmegaConf.load(f'config/runs/{cfg.run}.yaml')"


def reports(body: str) -> bool:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    code = f"{HEAD}\n@hydra.main(config_path='../config', config_name='config')\ndef main(cfg):\n{lines}\nmain()\n"
    files = {
        "src/main.py": code,
        "config/config.yaml": OmegaConf.to_yaml(OmegaConf.create(CONFIG)),
        "config/runs/a.yaml": OmegaConf.to_yaml(OmegaConf.create(RUN)),
    }
    tree = SourceTree({path: text.encode() for path, text in files.items()})
    return bool(Context(tree, PROFILES["experiment"]).fact(struct_faults))


def raises(body: str) -> bool:
    cfg = OmegaConf.create(CONFIG)
    OmegaConf.set_struct(cfg, True)
    try:
        exec(body.replace(LOADED, f"OmegaConf.create({RUN})"), {**NAMES, "cfg": cfg})
    except (OmegaConfBaseException, AttributeError, TypeError):
        return True
    return False


@pytest.mark.parametrize(
    "body",
    [
        f"OmegaConf.merge(OmegaConf.create(), cfg, {LOADED})",
        f"OmegaConf.merge({{}}, cfg, {LOADED})",
        f"OmegaConf.merge(OmegaConf.create({{}}), {LOADED}, cfg)",
        "cfg.z = 1",
        "cfg['z'] = 1",
        "cfg.a.z = 1",
        "cfg.a.x = 2",
        "cfg.e.z = 1",
        "setattr(cfg.a, 'z', 1)",
        "a = cfg.a\na.z = 1",
        "OmegaConf.update(cfg, 'z', 1)",
        "OmegaConf.update(cfg, 'a.z', 1)",
        "OmegaConf.update(cfg, 'n.z', 1)",
        "OmegaConf.update(cfg, 's.z', 1)",
        "OmegaConf.update(cfg, 'a.z', 1, force_add=True)",
        "OmegaConf.update(cfg, 'a.x', 1)",
        "cfg.s.z = 1",
        "cfg.n.z = 1",
        "cfg.n = {'z': 1}",
        "cfg.a = {'z': 1}",
        "OmegaConf.update(cfg, 'a', {'z': 1})",
        "cfg.update({'z': 1})",
        "cfg.a.update({'z': 1})",
        "cfg.merge_with({'z': 1})",
        "cfg.setdefault('z', 1)",
        "cfg.setdefault('n', 1)",
        "cfg = OmegaConf.merge(cfg, {'z': 1})",
        "cfg = OmegaConf.merge(cfg, {'a': {'z': 1}})",
        "cfg = OmegaConf.merge(cfg, {'a': {'x': 3}})",
        f"cfg = OmegaConf.merge(cfg, {LOADED})",
        f"run = {LOADED}\nmerged = OmegaConf.merge(cfg, run)",
        f"cfg.a = OmegaConf.merge(cfg.a, {LOADED}.a)",
        f"cfg.merge_with({LOADED})",
        "c = copy.deepcopy(cfg)\nc.z = 1",
        "c = cfg.copy()\nc.z = 1",
        "c = OmegaConf.create(cfg)\nc.z = 1",
        "c = OmegaConf.create(OmegaConf.to_container(cfg))\nc.z = 1",
        "c = OmegaConf.to_container(cfg)\nc['z'] = 1",
        "c = DictConfig(cfg)\nc.z = 1",
        "OmegaConf.set_struct(cfg, False)\ncfg.z = 1",
        "OmegaConf.set_struct(cfg, False)\ncfg = OmegaConf.merge(cfg, {'z': 1})\ncfg.a.q = 1",
        "OmegaConf.set_struct(cfg, False)\nOmegaConf.set_struct(cfg, True)\ncfg.z = 1",
        "with open_dict(cfg):\n    cfg.z = 1",
        "with open_dict(cfg):\n    cfg.z = 1\ncfg.z = 2",
        "with open_dict(cfg):\n    cfg.z = {'p': 1}\ncfg.y = 2",
        "with open_dict(cfg) as c:\n    c.z = 1",
        "c = OmegaConf.merge(OmegaConf.create({}), {'z': 1})\nc.y = 1",
        "def put(c, key, value):\n    c[key] = value\nput(cfg, 'z', 1)",
        "def put(c, key, value):\n    c[key] = value\nput(cfg.a, 'x', 1)",
        "def free(c):\n    OmegaConf.set_struct(c, False)\n    return c\ncfg = free(cfg)\ncfg.z = 1",
        "for key, value in {'a.x': 1, 'a.z': 2}.items():\n    OmegaConf.update(cfg, key, value)",
        "for key in ('x', 'y'):\n    cfg.a[key] = 1",
    ],
)
def test_the_answer_is_that_of_omegaconf(body: str) -> None:
    assert reports(body) is raises(body)
