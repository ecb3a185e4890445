"""Rules of the class `saas_token`: model and search services."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules.build import UUID, named, token

_SAAS = "saas_token"
_KEY = "ai_service_key"

RULES: tuple[Rule, ...] = (
    token(
        _KEY,
        _SAAS,
        "key of a model service",
        r"sk-(?:proj|svcacct|admin|None)-[0-9A-Za-z_-]{20,140}T3BlbkFJ[0-9A-Za-z_-]{20,140}|sk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}",
        "sk-proj-{base64url:74}T3BlbkFJ{base64url:74}",
        "sk-{base62:20}T3BlbkFJ{base62:20}",
        entropy=3.8,
    ),
    token(
        _KEY,
        _SAAS,
        "key of a model service",
        r"sk-ant-(?:api|admin|oat|ort|sid)\d{2}-[0-9A-Za-z_-]{80,120}",
        "sk-ant-api03-{base62:93}AA",
        entropy=3.8,
    ),
    token(_KEY, _SAAS, "key of a model service", r"sk-or-v1-[0-9a-f]{64}", "sk-or-v1-{hex:64}"),
    token(_KEY, _SAAS, "key of a model service", r"gsk_[0-9A-Za-z]{52}", "gsk_{base62:52}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"xai-[0-9A-Za-z]{80}", "xai-{base62:80}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"pplx-[0-9A-Za-z]{48,56}", "pplx-{base62:48}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"r8_[0-9A-Za-z]{37}", "r8_{base62:37}", entropy=3.8, checks=("mixed_case",)),
    token(_KEY, _SAAS, "key of a model service", r"nvapi-[0-9A-Za-z_-]{60,70}", "nvapi-{base64url:64}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"tgp_v1_[0-9A-Za-z_-]{43}", "tgp_v1_{base64url:43}", entropy=3.8),
    token(
        _KEY,
        _SAAS,
        "key of a model service",
        r"fw_[0-9A-Za-z]{22,24}",
        "fw_{base62:22}",
        entropy=3.8,
        checks=("mixed_case",),
        keywords=("fireworks",),
    ),
    token(_KEY, _SAAS, "key of a model service", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", "lsv2_pt_{hex:32}_{hex:10}"),
    token(_KEY, _SAAS, "key of a model service", r"pcsk_[0-9A-Za-z]{5,7}_[0-9A-Za-z]{50,66}", "pcsk_{base62:5}_{base62:63}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"tvly-(?:dev-|prod-)?[0-9A-Za-z]{32}", "tvly-{base62:32}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"csk-[0-9a-z]{48}", "csk-{lower:48}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"jina_[0-9a-f]{32}[0-9A-Za-z_-]{28}", "jina_{hex:32}{base62:28}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"e2b_[0-9a-f]{40}", "e2b_{hex:40}"),
    token(_KEY, _SAAS, "key of a model service", r"rpa_[0-9A-Z]{40}[0-9A-Za-z]{6}", "rpa_{upper:40}{lower:6}", entropy=3.8),
    token(_KEY, _SAAS, "key of a model service", r"fc-[0-9a-f]{32}", "fc-{hex:32}", keywords=("firecrawl",)),
    token(_KEY, _SAAS, "key of a model service", r"key_[0-9a-f]{64}", "key_{hex:64}", keywords=("cursor",)),
    token(_KEY, _SAAS, "key of a model service", r"pa-[0-9A-Za-z_-]{43}", "pa-{base64url:43}", entropy=4.0, keywords=("voyage",)),
    token(_KEY, _SAAS, "key of a model service", r"a[ks]-[0-9A-Za-z]{22}", "as-{base62:22}", entropy=3.6, keywords=("modal",)),
    token(_KEY, _SAAS, "key of a model service", r"sk-lf-[0-9a-f-]{36}", "sk-lf-{uuid}"),
    named("cohere_key", _SAAS, "Cohere API key", "cohere|co_api", r"[0-9A-Za-z]{40}", "{base62:40}", ignore_case=False, entropy=4.0),
    named(
        "mistral_key",
        _SAAS,
        "Mistral API key",
        "mistral",
        r"[0-9A-Za-z]{32}",
        "{base62:32}",
        ignore_case=False,
        entropy=3.9,
        checks=("mixed_case",),
    ),
    named("deepseek_key", _SAAS, "DeepSeek API key", "deepseek", r"sk-[0-9a-f]{32}", "sk-{hex:32}"),
    named("dashscope_key", _SAAS, "DashScope (Model Studio) API key", "dashscope|bailian|qwen", r"sk-[0-9a-f]{32}", "sk-{hex:32}"),
    named("moonshot_key", _SAAS, "Moonshot API key", "moonshot|kimi", r"sk-[0-9A-Za-z]{48}", "sk-{base62:48}", ignore_case=False),
    named(
        "zhipu_key", _SAAS, "Zhipu API key", "zhipu|bigmodel", r"[0-9a-f]{32}\.[0-9A-Za-z]{16}", "{hex:32}.{base62:16}", ignore_case=False
    ),
    named("assemblyai_key", _SAAS, "AssemblyAI API key", "assembly_?ai", r"[0-9a-f]{32}", "{hex:32}"),
    named("deepgram_key", _SAAS, "Deepgram API key", "deepgram", r"[0-9a-f]{40}", "{hex:40}"),
    named("elevenlabs_key", _SAAS, "ElevenLabs API key", "eleven_?labs|xi_api", r"sk_[0-9a-f]{48}|[0-9a-f]{32}", "sk_{hex:48}"),
    named("stability_key", _SAAS, "Stability AI API key", "stability", r"sk-[0-9A-Za-z]{48}", "sk-{base62:48}", ignore_case=False),
    named("deepl_key", _SAAS, "DeepL authentication key", "deepl", rf"{UUID}(?::fx)?", "{uuid}:fx"),
    named("privateai_key", _SAAS, "Private AI API key", "private[_-]?ai", r"[0-9a-z]{32}", "{lower:32}"),
    token("wandb_key", _SAAS, "Weights & Biases API key", r"wandb_v1_[0-9A-Za-z_]{60,90}", "wandb_v1_{base62:77}", entropy=4.0),
    named("siliconflow_key", _SAAS, "SiliconFlow API key", "siliconflow|silicon_?cloud", r"sk-[0-9a-z]{48}", "sk-{lower:48}"),
    token(
        "wandb_key",
        _SAAS,
        "Weights & Biases API key",
        r"wandb login (?:--?[\w-]{1,20}[ =](?:https?:[^\s]{1,100} )?){0,3}([0-9a-f]{40})",
        "wandb login {hex:40}",
        "wandb login --relogin {hex:40}",
        before="",
        inner=True,
    ),
    named("wandb_key", _SAAS, "Weights & Biases API key", "wandb", r"[0-9a-f]{40}", "{hex:40}"),
    named("pinecone_key", _SAAS, "Pinecone API key", "pinecone", UUID, "{uuid}"),
    named("serpapi_key", _SAAS, "SerpApi key", "serp_?api", r"[0-9a-f]{64}", "{hex:64}"),
)
