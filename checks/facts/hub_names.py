"""Names on the hub of data sets and models: which resolve without an organisation, and which need more than a name.

Only names whose state was known when the table was written are listed; the hub takes no new name without an
organisation since 2023, so the list of those that resolve does not grow. Sources: the hub's page of each data set for
its configurations (several, none marked as the default), the hub's list of models without an organisation.
"""

import re
from collections.abc import Mapping

_CONFIGURED = """
gsm8k openai/gsm8k : main socratic
glue nyu-mll/glue : sst2 mrpc rte cola qnli
super_glue aps/super_glue : boolq cb copa rte wic
wikitext Salesforce/wikitext : wikitext-2-raw-v1 wikitext-103-raw-v1
ai2_arc allenai/ai2_arc : ARC-Challenge ARC-Easy
cais/mmlu : all abstract_algebra
c4 allenai/c4 : en realnewslike
hotpot_qa hotpotqa/hotpot_qa : distractor fullwiki
trivia_qa mandarjoshi/trivia_qa : rc unfiltered
cnn_dailymail abisee/cnn_dailymail : 3.0.0
wmt14 wmt/wmt14 : de-en fr-en
wmt16 wmt/wmt16 : de-en ro-en
EleutherAI/hendrycks_math : algebra geometry
winogrande allenai/winogrande : winogrande_xl winogrande_debiased
tweet_eval cardiffnlp/tweet_eval : sentiment emotion irony
xnli facebook/xnli : en all_languages
race ehovy/race : all high middle
lukaemon/bbh : boolean_expressions
paws google-research-datasets/paws : labeled_final
wikimedia/wikipedia : 20231101.en
truthful_qa truthfulqa/truthful_qa : generation multiple_choice
clinc_oos clinc/clinc_oos : plus small imbalanced
ms_marco microsoft/ms_marco : v1.1 v2.1
MMMU/MMMU : Art Math
"""
CONFIGURED: Mapping[str, tuple[str, ...]] = {
    name.lower(): tuple(line.partition(":")[2].split())
    for line in _CONFIGURED.strip().split("\n")
    for name in line.partition(":")[0].split()
}
"""Data sets with several configurations and no default one, in lower case, with some of the configurations."""

_ORGANISATIONS = """
Qwen Qwen(?:[1-9](?:\\.\\d)?)?-(?:VL-|Math-|Coder-)?\\d+(?:\\.\\d+)?B(?:-\\w+)*
meta-llama (?:Meta-)?Llama-(?:Guard-)?[23](?:\\.\\d)?-\\d+[Bb](?:-\\w+)*
mistralai Mi[sx]tral-(?:Nemo-|Small-)?(?:\\d+x)?\\d+B(?:-[\\w.]+)*
google gemma-(?:[123]-|1\\.1-)?\\d+b(?:-\\w+)*
google (?:flan-t5|t5-v1_1|mt5|umt5|byt5)-(?:small|base|large|xl|xxl)
google vit-(?:base|large|huge)-patch\\d+-\\d+(?:-in21k)?
google (?:electra-(?:small|base|large)-(?:discriminator|generator))
microsoft (?:phi-[124](?:_5)?|Phi-(?:3|3\\.5|4)-[\\w-]+)
microsoft (?:deberta-(?:v3-)?(?:xsmall|small|base|large)|deberta-v2-xx?large)
microsoft (?:resnet-(?:18|26|34|50|101|152)|swin-(?:tiny|small|base|large)-patch[\\w-]+)
microsoft (?:codebert-base|beit-base-patch[\\w-]+)
facebook opt-(?:125m|350m|1\\.3b|2\\.7b|6\\.7b|13b|30b|66b)
facebook (?:bart-(?:base|large)(?:-\\w+)*|wav2vec2-(?:base|large)(?:-\\w+)*)
facebook (?:dinov2-(?:small|base|large|giant)|deit-(?:tiny|small|base)-[\\w-]+|convnext-(?:tiny|small|base|large)-\\d+)
EleutherAI (?:pythia-\\d+(?:\\.\\d+)?[mb](?:-deduped)?|gpt-neo-(?:125[mM]|1\\.3B|2\\.7B)|gpt-j-6[bB]|gpt-neox-20b)
bigscience (?:bloom(?:z)?-\\w+|T0_3B|T0pp)
openai (?:clip-vit-(?:base|large)-patch\\d+|whisper-(?:tiny|base|small|medium|large)(?:-v\\d|\\.en)?)
TinyLlama TinyLlama-1\\.1B(?:-[\\w.-]+)?
HuggingFaceTB SmolLM[23]?-\\w+(?:-\\w+)?
tiiuae falcon-\\w+(?:-instruct)?
allenai (?:OLMo-\\w+(?:-\\w+)*|longformer-base-4096|scibert_scivocab_(?:un)?cased)
deepseek-ai (?:DeepSeek|deepseek)-[\\w.-]+
stabilityai (?:stablelm|stable-diffusion)-[\\w.-]+
"""
ORGANISATIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (line.split(" ", 1)[0], re.compile(line.split(" ", 1)[1], re.IGNORECASE))
    for line in _ORGANISATIONS.strip().split("\n")
)
"""Families of models with the organisation whose they are."""
CANONICAL = re.compile(
    r"(?:albert|bert|camembert|ctrl|distilbert|distilgpt2|distilroberta|gpt2|openai-gpt|roberta|t5|transfo-xl|xlm|xlnet)"
    r"(?:-[\w.-]+)?",
)
"""Names of models that the hub resolves without an organisation, by how they begin."""
LLAMA_2 = re.compile(r"(Llama-2-\d+)b((?:-chat)?)", re.IGNORECASE)
SENTENCE_MODELS = re.compile(r"all-MiniLM-L\d+-v[12]|all-mpnet-base-v[12]|paraphrase-[\w-]+|multi-qa-[\w-]+")
"""Models that ``SentenceTransformer`` finds by their bare name, and nothing else does."""

_DATA_SETS = """
alpaca=tatsu-lab/alpaca svamp=ChilleD/SVAMP multiarith=ChilleD/MultiArith strategyqa=ChilleD/StrategyQA
mmlu=cais/mmlu humaneval=openai/openai_humaneval tiny-imagenet=zh-plus/tiny-imagenet
tinyimagenet=zh-plus/tiny-imagenet fineweb=HuggingFaceFW/fineweb bbh=lukaemon/bbh math-500=HuggingFaceH4/MATH-500
tinystories=roneneldan/TinyStories oasst1=OpenAssistant/oasst1 alpaca_eval=tatsu-lab/alpaca_eval
databricks-dolly-15k=databricks/databricks-dolly-15k openhermes-2.5=teknium/OpenHermes-2.5
ultrafeedback_binarized=HuggingFaceH4/ultrafeedback_binarized ultrachat_200k=HuggingFaceH4/ultrachat_200k
hh-rlhf=Anthropic/hh-rlhf slimpajama-627b=cerebras/SlimPajama-627B mmlu-pro=TIGER-Lab/MMLU-Pro
arc-challenge=allenai/ai2_arc arc-easy=allenai/ai2_arc hendrycks_math=EleutherAI/hendrycks_math
wikitext-2=Salesforce/wikitext wikitext-103=Salesforce/wikitext
"""
DATA_SETS: Mapping[str, str] = dict(entry.split("=", 1) for entry in _DATA_SETS.split())
"""Names of data sets, in lower case, that the hub has under an organisation alone."""
ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?")
"""What the hub takes for a name at all."""
BROKEN = re.compile(r"--|\.\.")


def full_model_id(name: str) -> str | None:
    """The id with its organisation for a model that the hub has under one alone; None for any other name."""
    if "/" in name:
        return None
    llama = LLAMA_2.fullmatch(name)
    if llama:
        return f"meta-llama/Llama-2-{llama[1].rpartition('-')[2]}b{llama[2].lower()}-hf"
    if SENTENCE_MODELS.fullmatch(name):
        return f"sentence-transformers/{name}"
    return next((f"{owner}/{name}" for owner, family in ORGANISATIONS if family.fullmatch(name)), None)


def is_bare_and_unknown(name: str) -> bool:
    """Whether a model's name has no organisation and begins like none of those that resolve without one."""
    return "/" not in name and not CANONICAL.fullmatch(name)


def full_data_id(name: str) -> str | None:
    """The id with its organisation for a data set that the hub has under one alone; None for any other name."""
    return DATA_SETS.get(name.lower()) if "/" not in name else None


def is_no_id(name: str) -> bool:
    """Whether the hub refuses the name without looking: a space, a bracket or another character in it."""
    return not ID.fullmatch(name) or bool(BROKEN.search(name))
