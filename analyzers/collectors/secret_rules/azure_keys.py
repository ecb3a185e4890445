"""Rules of the class `cloud_key`: what opens an account, a store or a service at Microsoft Azure."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules.build import named, token

_CLOUD = "cloud_key"

RULES: tuple[Rule, ...] = (
    token(
        "azure_storage_key",
        _CLOUD,
        "Azure storage account key",
        r"(?i:AccountKey|SharedAccessKey|storage_?account_?key|AZURE_STORAGE_(?:ACCESS_)?KEY)[\"']?\s{0,3}[=:]\s{0,3}[\"']?([0-9A-Za-z+/]{86}==|[0-9A-Za-z+/]{43}=)",
        "AccountKey={base64:64}",
        before="",
        after=r"(?:[^0-9A-Za-z+/=]|$)",
        entropy=4.0,
        inner=True,
    ),
    token(
        "azure_client_secret",
        _CLOUD,
        "Azure AD (Entra) client secret",
        r"[0-9A-Za-z_~.]{3}[0-9]Q~[0-9A-Za-z_~.-]{31,34}",
        "a1B8Q~{base62:34}",
        before=r"(?:^|[^0-9A-Za-z_~.-])",
        after=r"(?:[^0-9A-Za-z_~.-]|$)",
        entropy=3.5,
    ),
    token(
        "azure_devops_token",
        _CLOUD,
        "Azure DevOps personal access token",
        r"[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}",
        "{base62:76}AZDO{base62:4}",
        entropy=4.0,
    ),
    token(
        "azure_function_key",
        _CLOUD,
        "Azure function key",
        r"[0-9A-Za-z_-]{44}AzFu[0-9A-Za-z_-]{5}[AQgw]==",
        "{base62:44}AzFu{base62:5}A==",
        after=r"(?:[^=]|$)",
        entropy=4.0,
    ),
    token(
        "azure_service_key",
        _CLOUD,
        "key of an Azure service with identifiable form",
        r"[0-9A-Za-z+/]{32,76}(?:ACDb|\+ASt|\+ACR|\+ARm|AIoT|\+AEh|APIM|AAEL|ACAAAAA|AzSe|AzCa)[0-9A-Za-z+/]{5}[AQgw0-9A-Za-z+/]={0,2}",
        "{base62:76}+ASt{base62:5}A==",
        before=r"(?:^|[^0-9A-Za-z+/])",
        after=r"(?:[^0-9A-Za-z+/=]|$)",
        entropy=4.3,
        keywords=("key", "azure", "registry", "acr", "cosmos", "password", "secret"),
    ),
    token(  # Azure AI services: 84 characters with a mark of their kind at place 53
        "azure_service_key",
        _CLOUD,
        "key of an Azure service with identifiable form",
        r"[0-9A-Za-z]{52}JQQJ99[0-9A-Za-z]{26}",
        "{base62:52}JQQJ99{base62:26}",
        entropy=4.0,
    ),
    named(
        "azure_service_key",
        _CLOUD,
        "key of an Azure service with identifiable form",
        "azure_?(?:openai|ai|search|speech|vision|translator|cognitive|maps)",
        r"[0-9a-f]{32}|[0-9A-Za-z]{52}|[0-9A-Za-z]{84}",
        "{hex:32}",
        ignore_case=False,
    ),
    token(
        "azure_service_key",
        _CLOUD,
        "key of an Azure service with identifiable form",
        r"azconfig\.io;Id=[^;\s]{1,100};Secret=([0-9A-Za-z+/]{43}=|[0-9A-Za-z]{84})",
        "CONFIG=Endpoint=https://a.azconfig.io;Id=a;Secret={base64:32}",
        before="",
        inner=True,
        entropy=4.0,
    ),
    named(
        "azure_devops_token",
        _CLOUD,
        "Azure DevOps personal access token",
        "azure_?devops|ado_pat|vsts|azp_token",
        r"[0-9a-z]{52}",
        "{lower:52}",
    ),
    token(  # Azure Storage, "Create a service SAS"; Logic Apps, trigger addresses: who has the address has the right it signs
        "azure_sas_token",
        _CLOUD,
        "Azure shared access signature",
        r"[?&\s](?:amp;)?(?:sv|se|sp|sr|api-version)=[^\s\"'<>]{1,500}[&](?:amp;)?sig=([0-9A-Za-z%+/_-]{40,70}={0,2})",
        "URL=https://a.blob.core.windows.net/c?sv=2024-11-04&sp=rwdl&sig={base62:42}%3D",
        "SAS='https://a.logic.azure.com/workflows/a/invoke?api-version=2016-06-01&sp=run&sv=1.0&sig={base64url:43}'",
        before="",
        inner=True,
        after="",
        entropy=4.0,
        checks=("mixed_case",),
        scan=r"[&;]sig=[0-9A-Za-z%+/_-]{40}",
    ),
)
