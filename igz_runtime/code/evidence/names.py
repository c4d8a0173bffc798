"""What libraries call training, and what they call checkpoints. Everything that is known of a library stands here.

Patterns are matched with names as `values` has them: `sklearn.svm.SVC().fit`.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Final

# ruff: noqa: SIM905  (two lists of names, which are read and added to as text)
FRAMEWORKS: Final = frozenset(
    """
    torch tensorflow keras tf_keras jax flax optax paddle mxnet chainer theano tinygrad sklearn xgboost lightgbm
    catboost statsmodels lifelines prophet pmdarima gluonts pytorch_lightning lightning fastai ignite skorch
    transformers trl peft accelerate deepspeed horovod ultralytics sentence_transformers setfit timm autogluon
    flaml tpot pycaret autosklearn h2o supervised river creme skmultiflow cuml dask_ml sklearnex imblearn pyod
    hmmlearn surprise implicit lightfm gensim fasttext spacy flair stable_baselines3 tf_agents ngboost
    neuralprophet darts sktime tslearn pyspark autokeras mmengine detectron2 segmentation_models_pytorch unsloth
    haystack optuna ray kerastuner keras_tuner tensorflow_decision_forests pytorch_forecasting pytorch_tabnet
    torch_geometric dgl
    """.split()
)
"""Packages that train models. Importing one is no evidence by itself."""

KNOWN: Final = FRAMEWORKS.union(
    """
    mlrun nuclio nuclio_sdk v3io v3io_frames v3iofs storey kfp kubernetes igz_runtime numpy pandas scipy polars
    pyarrow dask distributed modin cudf cupy numba xarray matplotlib seaborn plotly bokeh altair PIL cv2 skimage
    imageio pydicom tifffile requests httpx aiohttp urllib3 flask fastapi starlette uvicorn pydantic grpc avro
    boto3 botocore s3fs fsspec gcsfs adlfs azure google snowflake sqlalchemy pymysql psycopg2 pymongo redis
    kafka confluent_kafka pika taosws taos elasticsearch paho nats yaml toml dotenv click tqdm rich loguru
    joblib cloudpickle dill psutil dateutil pytz bs4 lxml openpyxl nltk spacy_transformers regex jinja2 markdown
    PyPDF2 fitz docx mlflow wandb tensorboard comet_ml neptune evidently great_expectations whylogs shap lime
    onnx onnxruntime tf2onnx onnxmltools skl2onnx tritonclient openvino tensorflow_hub datasets tokenizers
    safetensors huggingface_hub sentencepiece evaluate torchvision torchaudio torchtext torchmetrics
    tensorflow_datasets tensorflow_io tensorflow_addons category_encoders featuretools ydata_profiling
    pandas_profiling openai anthropic langchain langchain_core langchain_community langchain_openai chromadb
    faiss pinecone qdrant_client pymilvus tiktoken llama_index gradio librosa soundfile pydub whisper gtts bark
    presidio_analyzer presidio_anonymizer slack_sdk streamlit pytest networkx sympy patsy shapely geopandas h5py
    zarr tables msgpack orjson ujson simplejson attr attrs tenacity cachetools boltons more_itertools IPython
    ipywidgets scikitplot yellowbrick einops typing_extensions deprecated inflection six orbax absl
    minio github git yfinance cryptography jmespath faker imutils semver newspaper pydantic_settings typer packaging
    pkg_resources setuptools diffusers bitsandbytes optimum vllm graphviz tabulate fire mpi4py vaderSentiment sagemaker
    azureml kfserving deepchecks langchain_text_splitters termcolor colorama certifi websocket websockets paramiko
    """.split()
)
"""Packages of which it is known when they train: everything that they do, these tables say."""

DYNAMIC: Final = re.compile(
    r"exec|eval|__import__|runpy\.run_\w+|(mlrun\.utils(\.helpers)?\.|mlrun\.)?create_(class|function)"
)
"""Calls that decide, when they run, what runs. `importlib` alone does not: what it gives is called by a name."""


def fits(pattern: re.Pattern[str], name: str) -> bool:
    """Whether a name is one of those that an expression describes; the longest of a library is far shorter."""
    return len(name) <= LONGEST_NAME and bool(pattern.fullmatch(name))


LONGEST_NAME: Final = 200


def is_known(name: str) -> bool:
    """Whether all that a name of another module does is known, as far as it trains."""
    package = name.partition(".")[0].removesuffix("()")
    return package in KNOWN or package in sys.stdlib_module_names


def decides_what_runs(name: str) -> bool:
    """Whether it is open, until it runs, what calling something gives or does."""
    return bool(DYNAMIC.fullmatch(name))


TRAINING_HOOK: Final = re.compile(
    r"(?i)_*(train|fit|partial_fit|learn|backward|configure_optimizers|optimizer_|manual_|update_weights|test_)"
)
"""Methods that a framework calls only where something trains, or tests."""

_MODULES_THAT_PREPARE: Final = re.compile(
    r"\.(preprocessing|impute|feature_extraction|feature_selection|decomposition|random_projection|manifold"
    r"|kernel_approximation)\.|^pyspark\.ml\.feature\.|^(category_encoders|umap|tokenizers|scipy|numpy|matplotlib|sagemaker)\."
)
_CLASSES_THAT_PREPARE: Final = re.compile(
    r"(Scaler|Encoder|Vectorizer|Imputer|Transformer|Tokenizer\w*|Binarizer|Normalizer|PCA|TruncatedSVD|Discretizer|Sampler"
    r"|column_transformer|FeatureUnion|make_union|Preprocessor|Processor|StringIndexer|VectorAssembler|Hasher|UMAP|TSNE|DataGenerator|Normalization|Explainer|Converter"
    r"|Drift\w*)(\(\)|\[\])*$"
)
_NAMES_THAT_PREPARE: Final = re.compile(
    r"scal(er|ing)|encod|vectori[sz]|imput|transform|tokeni[sz]|binari[sz]|normali[sz]|(^|_)(pca|umap|tsne|le|lb|ohe|mlb|svd|tfidf)(_|\d|$)"
    r"|preproc|discreti|index(er|ing)|assembler|explain|selector|augment|datagen|sampler|(^|_)(ax|fig|font|text|layout)$",
    re.IGNORECASE,
)
_NAMES_OF_MODELS: Final = re.compile(
    r"model|clf|classif|regress|estimator|(^|_)(reg|lr|rf|svm|svc|knn|gbm|lgbm?|xgb|net|nn|cnn|rnn|gnb|dt|booster)(_|\d|$)"
    r"|grid|search|pipe|train|learner|forest|tree|cluster|kmeans|bayes|automl|predictor|forecast|arima|prophet|network|tuner",
    re.IGNORECASE,
)
_NAMES_OF_OPTIMISERS: Final = re.compile(r"optim|(^|_)opt(_|\d|$)|(^|_)(sgd|adam\w*)(_|\d|$)", re.IGNORECASE)


MADE_OF_PARTS: Final = frozenset(
    {
        *("sklearn.pipeline.Pipeline", "sklearn.pipeline.make_pipeline", "imblearn.pipeline.Pipeline"),
        *("imblearn.pipeline.make_pipeline", "pyspark.ml.Pipeline"),
    }
)
"""What is a model where one of its parts is, and else prepares data."""


def is_made_of_parts(value: str) -> bool:
    """Whether something is such a pipeline."""
    return value.removesuffix("()") in MADE_OF_PARTS


@lru_cache(maxsize=1024)
def prepares(value: str) -> bool:
    """Whether something prepares data: fitting it trains no model.

    >>> prepares("sklearn.preprocessing.StandardScaler()"), prepares("sklearn.svm.SVC()"), prepares("?label_encoder")
    (True, False, True)
    """
    if value.startswith("?"):
        return bool(_NAMES_THAT_PREPARE.search(value.rpartition(".")[2].removesuffix("()")))
    if value.startswith("sentence_transformers."):
        return False
    return bool(_MODULES_THAT_PREPARE.search(value) or _CLASSES_THAT_PREPARE.search(value))


def named_like_a_model(value: str) -> bool:
    """Whether the name of something that is not known says that it is a model, or trains one."""
    return bool(_NAMES_OF_MODELS.search(value.rpartition(".")[2]))


def optimises(value: str) -> bool:
    """Whether something is an optimiser of weights, by what it is or by its name."""
    if value.startswith("?"):
        return bool(_NAMES_OF_OPTIMISERS.search(value.rpartition(".")[2].removesuffix("()")))
    return bool(re.search(r"(?i)optim|^optax\.|^bitsandbytes\.", value)) and not re.match(r"scipy\.|.*scheduler", value)


TRAINING_CALLS: Final = re.compile(
    r"(xgboost|lightgbm|catboost)[\w.]*\.(train|cv)"
    r"|mlrun\.frameworks\.\w[\w.]*\.train"
    r"|sklearn\.model_selection\.(cross_val\w+|learning_curve|validation_curve|permutation_test_score)"
    r"|gensim\.models[\w.]*\.(Word2Vec|Doc2Vec|FastText|Lda\w+)|ignite[\w.]*\.create_supervised_trainer\(\)\.run"
    r"|catboost[\w.()]*\.(grid|randomized)_search|[\w.]*LightGBMTuner(CV)?\(\)\.run|[\w.]*LightningCLI"
    r"|fasttext\.train_\w+|pmdarima\.auto_arima|spacy[\w.]*\.train"
    r"|pycaret[\w.]*\.(create_model|compare_models|tune_model|finalize_model)"
    r"|tensorflow[\w.]*\.train_and_evaluate|optax\.apply_updates"
    r"|detectron2[\w.]*\.launch|rasa[\w.]*\.train|unsloth[\w.]*\.train\w*"
    r"|(ultralytics|h2o|gensim|nltk|flair|simpletransformers|cv2|ludwig|rasa|tensorflow\.estimator|tensorflow\.compat\.v1\.estimator)"
    r"[\w.()]*\.train(_model)?"
    r"|nltk[\w.]*\.train"
    r"|stable_baselines3[\w.()]*\.learn"
    r"|[\w.]*Trainer\w*\(\)\.(train|fit|run)"
    r"|([\w.]*\.)?(Tuner|AutoML|TabularPredictor|TimeSeriesPredictor|Learner)\(\)\.(fit|fit_one_cycle|train|search)"
)
"""Calls that train, whatever they are given."""

TRAINING_NAMES: Final = re.compile(
    r"(run_|start_|do_|main_)?((pre|re)?train(ing)?|fit|fine_?tune)"
    r"(_(?!test|val|data|set|loader|size|path|dir|file|config|args|params|df|ids|labels|features)\w+|model|loop|epoch)?",
    re.IGNORECASE,
)
"""What functions that train are called: of a module that cannot be read, the name is all that there is."""

TRAINING_METHODS: Final = frozenset(
    """
    manual_backward apply_gradients begin_training training_graph
    fit_generator fit_one_cycle fit_online partial_fit fine_tune finetune learn_one learn_many
    train_on_batch train_model train_epoch
    """.split()
)
"""Methods that train, whatever has them, unless that prepares data."""

TRAINING_KEYWORDS: Final = frozenset(
    """
    data epochs num_epochs dataset train_data training_frame total_examples input_fn steps train_dataset
    training_data max_steps iterations batch_size x y X total_timesteps
    """.split()
)
"""Arguments of a method `train` that a switch of the mode does not take."""

LAUNCHERS: Final = re.compile(
    r"\b(torchrun|deepspeed|horovodrun|accelerate\s+launch|torch\.distributed\.(launch|run)|autotrain|yolo\s+(\w+\s+)?train"
    r"|mlagents-learn)\b"
)
"""Programs that train, as a command has them."""

_SCRIPT: Final = re.compile(r"\bpython[\d.]*\s+(\S*\w\.py)\b")
_MODULE: Final = re.compile(r"\b(\w++)\.py\b")


def launched(command: str) -> str:
    """The program of a command that trains, or its script that is called so; empty where there is none."""
    found = LAUNCHERS.search(command)
    if found:
        return found[0]
    for script in _SCRIPT.finditer(command):
        if any(word in name for name in _MODULE.findall(script[1]) for word in ("train", "finetune", "fine_tune")):
            return script[0]
    return ""


COMMANDS: Final = re.compile(r"subprocess\.\w+|os\.(system|popen|exec\w+|spawn\w+)|sh\.\w+")
"""Calls that run a command."""

WRITING_CALLS: Final = re.compile(
    r"[\w.]*(ModelCheckpoint|CheckpointCallback|BackupAndRestore|TrainingCheckPoint|SaveModelCallback|CheckpointHook"
    r"|CheckpointManager|Checkpointer|AsyncCheckpointer)"
    r"|orbax[\w.()]*\.(save|save_args)|([\w.]*\.)?(\w*save\w*_(checkpoint|ckpt)\w*|write_checkpoint|checkpoint_save)"
    r"|torch\.distributed\.checkpoint[\w.]*\.(save|async_save|save_state_dict)"
    r"|tensorflow[\w.]*\.Checkpoint\(\)\.(save|write)|[\w.()]*\.setCheckpointDir"
)
"""Calls that write checkpoints."""

WRITING_IN_LOOPS: Final = re.compile(
    r"(torch|(torch_xla|jax|paddle)[\w.]*)\.save|(joblib|pickle|cloudpickle|dill)\.dump"
    r"|[\w.()]*\.(save_pretrained|save_state|save_weights|save_model|save_lora_weights|log_model)"
    r"|[\w.()]*(model|net|fabric|accelerator|checkpoint\w*|ckpt|saver|trainer|classifier|estimator)(\(\))?\.save",
    re.IGNORECASE,
)
"""Calls that write one where a loop repeats them."""

SAVING_UNLESS_TOLD: Final = (
    (
        re.compile(r"([\w.]*\.)?(\w*TrainingArguments|SFTConfig|DPOConfig|ORPOConfig|KTOConfig|GRPOConfig)"),
        "save_strategy",
        ("no",),
    ),
    (re.compile(r"(pytorch_)?lightning[\w.]*\.Trainer"), "enable_checkpointing", (False,)),
    (re.compile(r"ultralytics[\w.()]*\.train"), "save", (False,)),
)
"""Calls that have checkpoints written, unless the argument of that name says otherwise."""

READING_CALLS: Final = re.compile(
    r"([\w.()]*\.)?(load_state_dict|load_checkpoint\w*|load_state|load_from_checkpoint|load_weights|restore|restore_or_initialize"
    r"|restore_checkpoint|get_last_checkpoint|latest_checkpoint|get_checkpoint|find_latest_checkpoint|resume\w*"
    r"|(load|read|restore|find|latest|last)\w*_(checkpoint|ckpt)\w*|BackupAndRestore|load_model_state\w*)"
    r"|torch\.load|torch\.distributed\.checkpoint[\w.]*\.load\w*"
)
"""Calls that read a checkpoint back."""

READING_KEYWORDS: Final = frozenset(
    """
    resume_from_checkpoint ckpt_path initial_epoch xgb_model init_model resume resume_from
    resume_training snapshot_file load_best_checkpoint restore_from from_checkpoint
    """.split()
)
"""Arguments that have one read back, unless they are None, False or empty."""

BOTH_KEYWORDS: Final = frozenset({"snapshot_file", "checkpointLocation"})
"""Arguments, and options of Spark, with which a library both writes checkpoints and goes on from them."""
