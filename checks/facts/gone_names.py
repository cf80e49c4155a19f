"""Names and arguments of well-known libraries that their current versions do not have, with what took their place.

Checked against releases of each library before and after the named one. A name that no release ever had is one that
language models put into the wrong module. Each line of a table is: distribution, first release without it (``never``
where none had it), the place, then ``name`` or ``name=replacement`` each; a replacement without a dot is a builtin or a
name of the same place, and ``=`` with nothing behind it is something to be removed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NEVER = "never"

_NAMES = """
numpy 1.24 numpy float=float int=int object=object complex=complex str=str unicode=str
numpy 2.0 numpy product=numpy.prod cumproduct=numpy.cumprod sometrue=numpy.any alltrue=numpy.all Inf=numpy.inf
numpy 2.0 numpy Infinity=numpy.inf infty=numpy.inf NaN=numpy.nan NAN=numpy.nan PINF=numpy.inf float_=numpy.float64
numpy 2.0 numpy complex_=numpy.complex128 string_=numpy.bytes_ unicode_=numpy.str_ round_=numpy.round asfarray msort
numpy 2.0 numpy NINF cast find_common_type issubclass_ mat=numpy.asmatrix obj2sctype safe_eval set_string_function
numpy 2.0 numpy singlecomplex=numpy.complex64 source tracemalloc_domain who recfromcsv issctype maximum_sctype sctypes
numpy 2.0 numpy sctype2char disp byte_bounds DataSource deprecate geterrobj nbytes lookfor math
numpy 2.0 numpy AxisError=numpy.exceptions.AxisError ComplexWarning=numpy.exceptions.ComplexWarning
numpy 2.0 numpy VisibleDeprecationWarning=numpy.exceptions.VisibleDeprecationWarning
numpy 2.0 numpy RankWarning=numpy.exceptions.RankWarning
numpy 2.4 numpy trapz=numpy.trapezoid in1d=numpy.isin
numpy never numpy ttest_ind=scipy.stats.ttest_ind ttest_rel=scipy.stats.ttest_rel sem=scipy.stats.sem
numpy never numpy pearsonr=scipy.stats.pearsonr softmax=scipy.special.softmax sigmoid=scipy.special.expit
scipy 1.14 scipy.integrate trapz=scipy.integrate.trapezoid simps=scipy.integrate.simpson
scipy 1.14 scipy.integrate cumtrapz=scipy.integrate.cumulative_trapezoid
scipy 1.15 scipy.integrate quadrature romberg
scipy 1.12 scipy.stats binom_test=scipy.stats.binomtest
scipy 1.5 scipy.stats itemfreq
scipy 1.11 scipy.stats median_absolute_deviation=scipy.stats.median_abs_deviation
scipy 1.15 scipy.stats rvs_ratio_uniforms
scipy 1.5 scipy.misc imread imresize imsave logsumexp=scipy.special.logsumexp comb=scipy.special.comb
scipy 1.5 scipy.misc factorial=scipy.special.factorial
scipy 1.15 scipy.misc derivative face=scipy.datasets.face ascent=scipy.datasets.ascent
scipy 1.13 scipy.signal hann=scipy.signal.windows.hann hamming=scipy.signal.windows.hamming bspline
scipy 1.13 scipy.signal gaussian=scipy.signal.windows.gaussian blackman=scipy.signal.windows.blackman
scipy 1.15 scipy.signal cwt ricker morlet morlet2 daub
scipy 1.13 scipy.linalg tri=numpy.tri triu=numpy.triu tril=numpy.tril
scipy 1.9 scipy.linalg pinv2=scipy.linalg.pinv
scipy 1.17 scipy.special sph_harm=scipy.special.sph_harm_y
scipy 1.13 scipy interp=numpy.interp randn=numpy.random.randn rand=numpy.random.rand mean=numpy.mean sqrt=numpy.sqrt
scipy 1.13 scipy array=numpy.array log=numpy.log
scipy never scipy.stats cohen_d cohens_d mcnemar=statsmodels.stats.contingency_tables.mcnemar t_test bonferroni
scipy never scipy.stats friedman=scipy.stats.friedmanchisquare mad=scipy.stats.median_abs_deviation
scipy never scipy.stats multipletests=statsmodels.stats.multitest.multipletests mean_confidence_interval
scipy never scipy ttest_ind=scipy.stats.ttest_ind ttest_rel=scipy.stats.ttest_rel wilcoxon=scipy.stats.wilcoxon
scipy never scipy pearsonr=scipy.stats.pearsonr spearmanr=scipy.stats.spearmanr
scikit-learn never sklearn.metrics ttest_ind=scipy.stats.ttest_ind ttest_rel=scipy.stats.ttest_rel
scikit-learn never sklearn.metrics ttest_1samp=scipy.stats.ttest_1samp wilcoxon=scipy.stats.wilcoxon
scikit-learn never sklearn.metrics mannwhitneyu=scipy.stats.mannwhitneyu pearsonr=scipy.stats.pearsonr
scikit-learn never sklearn.metrics spearmanr=scipy.stats.spearmanr kendalltau=scipy.stats.kendalltau
scikit-learn never sklearn.metrics f_oneway=scipy.stats.f_oneway entropy=scipy.stats.entropy
scikit-learn never sklearn.metrics train_test_split=sklearn.model_selection.train_test_split
scikit-learn never sklearn.metrics cross_val_score=sklearn.model_selection.cross_val_score rmse specificity_score
scikit-learn never sklearn.metrics sensitivity_score=sklearn.metrics.recall_score expected_calibration_error perplexity
scikit-learn never sklearn.metrics mcnemar=statsmodels.stats.contingency_tables.mcnemar calibration_error
scikit-learn never sklearn.metrics calibration_curve=sklearn.calibration.calibration_curve
scikit-learn never sklearn.metrics cosine_similarity=sklearn.metrics.pairwise.cosine_similarity
scikit-learn never sklearn train_test_split=sklearn.model_selection.train_test_split stats
scikit-learn never sklearn.utils train_test_split=sklearn.model_selection.train_test_split bootstrap
scikit-learn 1.2 sklearn.metrics plot_confusion_matrix=sklearn.metrics.ConfusionMatrixDisplay plot_roc_curve
scikit-learn 1.2 sklearn.metrics plot_precision_recall_curve
scikit-learn 1.3 sklearn.metrics SCORERS
scikit-learn 0.23 sklearn.metrics jaccard_similarity_score=sklearn.metrics.jaccard_score
scikit-learn 0.23 sklearn.metrics calinski_harabaz_score=sklearn.metrics.calinski_harabasz_score
scikit-learn 0.23 sklearn.externals joblib=joblib six=six
scikit-learn 0.20 sklearn cross_validation=sklearn.model_selection grid_search=sklearn.model_selection lda qda
scikit-learn 1.2 sklearn.datasets load_boston
scikit-learn 0.22 sklearn.datasets fetch_mldata=sklearn.datasets.fetch_openml samples_generator=sklearn.datasets
scikit-learn 0.22 sklearn.preprocessing Imputer=sklearn.impute.SimpleImputer
scikit-learn 0.24 sklearn.utils testing safe_indexing linear_assignment_
scikit-learn 1.2 sklearn.inspection plot_partial_dependence=sklearn.inspection.PartialDependenceDisplay
scikit-learn 0.20 sklearn.mixture GMM=sklearn.mixture.GaussianMixture
pandas 1.0 pandas Panel=xarray.Dataset SparseDataFrame SparseSeries
pandas 2.0 pandas np=numpy datetime=datetime.datetime Int64Index=pandas.Index Float64Index=pandas.Index UInt64Index
pandas 2.0 pandas.io.json json_normalize=pandas.json_normalize
pandas 3.0 pandas read_gbq=pandas_gbq.read_gbq value_counts
pandas 1.0 pandas rolling_mean scatter_matrix=pandas.plotting.scatter_matrix TimeGrouper=pandas.Grouper
pandas 2.0 pandas.util testing=pandas.testing
datasets 3.0 datasets load_metric=evaluate.load list_metrics=evaluate.list_evaluation_modules Metric=evaluate.Metric
datasets 3.0 datasets inspect_metric list_datasets=huggingface_hub.list_datasets inspect_dataset tasks
datasets never datasets DataLoader=torch.utils.data.DataLoader AutoTokenizer=transformers.AutoTokenizer
datasets never datasets train_test_split=sklearn.model_selection.train_test_split
transformers 4.50 transformers AdamW=torch.optim.AdamW
transformers 5.0 transformers AutoModelForVision2Seq=transformers.AutoModelForImageTextToText
transformers 4.50 transformers.optimization AdamW=torch.optim.AdamW
transformers 5.0 transformers CLIPFeatureExtractor=transformers.CLIPImageProcessor
transformers 5.0 transformers ViTFeatureExtractor=transformers.ViTImageProcessor
transformers 5.0 transformers AutoModelWithLMHead=transformers.AutoModelForCausalLM LineByLineTextDataset TextDataset
transformers 5.0 transformers glue_processors glue_convert_examples_to_features TransfoXLLMHeadModel
transformers 4.40 transformers top_k_top_p_filtering
transformers 4.40 transformers modeling_bert=transformers.models.bert.modeling_bert
transformers 4.40 transformers tokenization_bert=transformers.models.bert.tokenization_bert
transformers never transformers load_dataset=datasets.load_dataset load_metric=evaluate.load BertAdam=torch.optim.AdamW
transformers never transformers DataLoader=torch.utils.data.DataLoader Dataset=torch.utils.data.Dataset
transformers never transformers LoraConfig=peft.LoraConfig get_peft_model=peft.get_peft_model
matplotlib 3.11 matplotlib.cm get_cmap=matplotlib.pyplot.get_cmap
matplotlib 3.9 matplotlib.cm register_cmap
matplotlib 3.11 matplotlib.pyplot plot_date=matplotlib.pyplot.plot
matplotlib 3.0 matplotlib.pyplot hold
matplotlib 3.1 matplotlib.mlab normpdf=scipy.stats.norm.pdf griddata=scipy.interpolate.griddata bivariate_normal
matplotlib never matplotlib.pyplot despine=seaborn.despine heatmap=seaborn.heatmap
seaborn 0.13 seaborn factorplot=seaborn.catplot
seaborn 0.10 seaborn tsplot=seaborn.lineplot timeseries apionly
seaborn never seaborn show=matplotlib.pyplot.show title=matplotlib.pyplot.title savefig=matplotlib.pyplot.savefig
seaborn never seaborn confusion_matrix=sklearn.metrics.confusion_matrix xlabel=matplotlib.pyplot.xlabel
optuna 4.0 optuna.samplers MOTPESampler=optuna.samplers.TPESampler
optuna 4.0 optuna multi_objective structs=optuna.exceptions dashboard
optuna never optuna.samplers BayesianSampler=optuna.samplers.TPESampler RandomSearch=optuna.samplers.RandomSampler
optuna never optuna.pruners NoPruner=optuna.pruners.NopPruner
hydra-core never hydra OmegaConf=omegaconf.OmegaConf DictConfig=omegaconf.DictConfig
hydra-core never hydra.utils OmegaConf=omegaconf.OmegaConf
wandb never wandb history mode
torch 2.0 torch _six
torch 1.8 torch rfft=torch.fft.rfft irfft=torch.fft.irfft set_deterministic=torch.use_deterministic_algorithms
torch never torch DataLoader=torch.utils.data.DataLoader Dataset=torch.utils.data.Dataset set_seed=torch.manual_seed
torch never torch accuracy clip_grad_norm_=torch.nn.utils.clip_grad_norm_
torch never torch cross_entropy=torch.nn.functional.cross_entropy
torch never torch gelu=torch.nn.functional.gelu mse_loss=torch.nn.functional.mse_loss random_seed=torch.manual_seed
torch never torch one_hot=torch.nn.functional.one_hot manual_seed_all=torch.cuda.manual_seed_all
torch never torch.nn AdamW=torch.optim.AdamW Adam=torch.optim.Adam BatchNorm Conv2D=torch.nn.Conv2d
torch never torch.nn CrossEntropy=torch.nn.CrossEntropyLoss Dense=torch.nn.Linear FocalLoss Gelu=torch.nn.GELU
torch never torch.nn ReLu=torch.nn.ReLU Relu=torch.nn.ReLU Swish=torch.nn.SiLU LabelSmoothingCrossEntropy F
torch never torch.nn MultiHeadAttention=torch.nn.MultiheadAttention DepthwiseConv2d
torch never torch.nn clip_grad_norm_=torch.nn.utils.clip_grad_norm_ pad_sequence=torch.nn.utils.rnn.pad_sequence
torch never torch.nn.functional accuracy focal_loss mse=torch.nn.functional.mse_loss swish=torch.nn.functional.silu
torch never torch.nn.functional cosine_distance=torch.nn.functional.cosine_similarity
torch never torch.optim StepLR=torch.optim.lr_scheduler.StepLR LambdaLR=torch.optim.lr_scheduler.LambdaLR
torch never torch.optim CosineAnnealingLR=torch.optim.lr_scheduler.CosineAnnealingLR LAMB LARS Lion Lookahead
torch never torch.optim OneCycleLR=torch.optim.lr_scheduler.OneCycleLR RMSProp=torch.optim.RMSprop
torch never torch.optim.lr_scheduler CosineAnnealingWarmupRestarts LinearWarmup WarmupCosine
torch never torch.optim.lr_scheduler get_linear_schedule_with_warmup=transformers.get_linear_schedule_with_warmup
torch never torch.optim.lr_scheduler get_cosine_schedule_with_warmup=transformers.get_cosine_schedule_with_warmup
torchtext 0.12 torchtext legacy
"""

_ARGUMENTS = """
transformers 4.51 transformers.TrainingArguments evaluation_strategy=eval_strategy
transformers 4.51 transformers.Seq2SeqTrainingArguments evaluation_strategy=eval_strategy
transformers 5.0 transformers.TrainingArguments no_cuda=use_cpu per_gpu_train_batch_size=per_device_train_batch_size
transformers 5.0 transformers.TrainingArguments overwrite_output_dir= jit_mode_eval= use_mps_device= fp16_backend=
transformers 5.0 transformers.Trainer tokenizer=processing_class
transformers 5.0 transformers.Seq2SeqTrainer tokenizer=processing_class
scikit-learn 1.6 sklearn.metrics.mean_squared_error squared=
scikit-learn 1.4 sklearn.preprocessing.OneHotEncoder sparse=sparse_output
scikit-learn 1.4 sklearn.cluster.AgglomerativeClustering affinity=metric
scikit-learn 1.4 sklearn.ensemble.BaggingClassifier base_estimator=estimator
scikit-learn 1.4 sklearn.ensemble.BaggingRegressor base_estimator=estimator
scikit-learn 1.4 sklearn.ensemble.AdaBoostClassifier base_estimator=estimator
scikit-learn 1.4 sklearn.ensemble.AdaBoostRegressor base_estimator=estimator
scikit-learn 1.4 sklearn.calibration.CalibratedClassifierCV base_estimator=estimator
scikit-learn 1.7 sklearn.manifold.TSNE n_iter=max_iter
scikit-learn 1.8 sklearn.linear_model.LogisticRegression multi_class=
scikit-learn 1.0 sklearn.cluster.KMeans n_jobs= precompute_distances=
scikit-learn 1.2 sklearn.linear_model.LinearRegression normalize=
scikit-learn 1.2 sklearn.linear_model.Ridge normalize=
scikit-learn 1.2 sklearn.linear_model.Lasso normalize=
pandas 2.0 pandas.read_csv error_bad_lines=on_bad_lines warn_bad_lines=on_bad_lines squeeze= prefix= mangle_dupe_cols=
pandas 1.0 pandas.concat join_axes=
torch 2.13 torch.optim.lr_scheduler.ReduceLROnPlateau verbose=
torch 2.13 torch.optim.lr_scheduler.CosineAnnealingLR verbose=
torch 2.13 torch.optim.lr_scheduler.StepLR verbose=
torch 2.13 torch.optim.lr_scheduler.LambdaLR verbose=
matplotlib 3.11 matplotlib.pyplot.boxplot labels=tick_labels
"""

STYLE_USE = frozenset({"matplotlib.pyplot.style.use", "matplotlib.style.use", "matplotlib.style.context"})
"""Functions whose first argument names a style."""
OLD_STYLE = re.compile(r"seaborn(?!-v0_8)(?:-\w+)*")
"""Styles that matplotlib 3.8 renamed."""
STYLES_GONE = "3.8"

OMEGACONF = "omegaconf.OmegaConf"
_OMEGACONF = """
clear_cache clear_resolver clear_resolvers copy_cache create from_cli from_dotlist get_cache get_resolver get_type
has_resolver is_config is_dict is_interpolation is_list is_missing is_readonly is_struct legacy_register_resolver load
masked_copy merge missing_keys mro register_new_resolver register_resolver resolve save select set_cache set_readonly
set_struct structured to_container to_object to_yaml typed_list typed_dict unsafe_merge update
"""
OMEGACONF_HAS = frozenset(_OMEGACONF.split())
"""Everything that the class ``OmegaConf`` of any release since 2.1 offers."""
OMEGACONF_MEANT: Mapping[str, str] = {"deepcopy": "copy.deepcopy", "copy": "copy.deepcopy"}
OMEGACONF_HINTS: Mapping[str, str] = {
    "to_dict": "OmegaConf.to_container", "from_dict": "OmegaConf.create", "from_yaml": "OmegaConf.load",
    "set": "OmegaConf.update", "get": "OmegaConf.select", "pretty": "OmegaConf.to_yaml", "dump": "OmegaConf.to_yaml",
    "to_json": "json.dumps(OmegaConf.to_container(...))", "is_none": "OmegaConf.select(...) is None",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gone:
    """A name or an argument that is not there.

    Args:
        distribution: whose it was.
        since: first release without it; ``never`` where no release had it.
        place: the module, or the function of an argument.
        name: the name.
        instead: the dotted name, builtin or argument to use; empty where there is none, or none that is certain.
    """

    distribution: str
    since: str
    place: str
    name: str
    instead: str

    @property
    def full(self) -> str:
        """``place.name``."""
        return f"{self.place}.{self.name}"


def _rows(table: str) -> Iterator[Gone]:
    for line in table.split("\n"):
        parts = line.split()
        for entry in parts[3:]:
            name, _, instead = entry.partition("=")
            yield Gone(parts[0], parts[1], parts[2], name, instead)


GONE_NAMES: Mapping[str, Gone] = {each.full: each for each in _rows(_NAMES)}
"""By dotted name."""
GONE_LAST = frozenset(each.name for each in GONE_NAMES.values())
"""The last parts of those names, for a cheap look first."""
GONE_ARGUMENTS: Mapping[str, Mapping[str, Gone]] = {
    place: {each.name: each for each in _rows(_ARGUMENTS) if each.place == place}
    for place in {each.place for each in _rows(_ARGUMENTS)}
}
"""By the dotted function, then by the argument."""


def missing_of_omegaconf(dotted: str) -> Gone | None:
    """The entry for an attribute of ``OmegaConf`` that no release has; None for any other name."""
    place, _, name = dotted.rpartition(".")
    if place != OMEGACONF or name in OMEGACONF_HAS or name.startswith("_"):
        return None
    return Gone("omegaconf", NEVER, OMEGACONF, name, OMEGACONF_MEANT.get(name, ""))
