"""Rules of the class `saas_token`: payment, shipping, banking and trading services."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules.build import MEDIUM, UUID, named, token

_SAAS = "saas_token"

RULES: tuple[Rule, ...] = (
    token(
        "stripe_skpk",
        _SAAS,
        "Stripe secret key",
        r"[sr]k_(?:org_)?(?:live|test|prod)_[0-9A-Za-z]{16,247}",
        "sk_live_{base62:24}",
        "rk_live_{base62:99}",
        entropy=3.0,
    ),
    token("clerk_secret_key", _SAAS, "Clerk secret key", r"sk_(?:live|test)_[0-9A-Za-z]{42}", "sk_live_{base62:42}", rank=81, entropy=3.5),
    token(  # base64 of `key_` and two numbers
        "workos_api_key", _SAAS, "WorkOS API key", r"sk_(?:live|test)_a2V5X[0-9A-Za-z]{40,160}", "sk_live_a2V5X{base62:60}", rank=82
    ),
    token(
        "stripe_webhook_secret",
        _SAAS,
        "Stripe webhook signing secret",
        r"whsec_[0-9A-Za-z+/]{32,64}={0,2}",
        "whsec_{base62:32}",
        level=MEDIUM,
        entropy=3.5,
        after=r"(?:[^0-9A-Za-z_+/=-]|$)",
    ),
    token("square_oauth", _SAAS, "Square OAuth secret", r"sq0csp-[0-9A-Za-z_-]{43}", "sq0csp-{base64url:43}", entropy=3.5),
    token(
        "square_token",
        _SAAS,
        "Square access token",
        r"sq0atp-[0-9A-Za-z_-]{22}|EAAA[E-Zl][0-9A-Za-z_-]{59}",
        "sq0atp-{base64url:22}",
        "EAAAE{base64url:59}",
        entropy=3.5,
    ),
    named(
        "lob_api_key",
        _SAAS,
        "Lob API key",
        "lob",
        r"(?:live|test)_[0-9a-f]{35}|(?:live|test)_pub_[0-9a-f]{31}",
        "live_{hex:35}",
        level=MEDIUM,
    ),
    token(
        "paypal_token",
        _SAAS,
        "PayPal (Braintree) access token",
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        "access_token$production${lower:16}${hex:32}",
    ),
    named(
        "paypal_secret", _SAAS, "PayPal client secret", "paypal", r"E[0-9A-Za-z_-]{79}", "E{base64url:79}", entropy=4.0, ignore_case=False
    ),
    token(
        "adyen_api_key",
        _SAAS,
        "Adyen API key",
        r"AQE[0-9A-Za-z]{2,8}[0-9A-Za-z+/]{60,200}-[0-9A-Za-z+/=]{30,60}-[0-9A-Za-z+/=<>{}()\[\]!#$%&*.,:;?@^_~|-]{12,24}",
        "AQEyh{base62:80}-{base62:43}=-{base62:16}",
        after="",
        entropy=4.2,
    ),
    token(
        "razorpay_key", _SAAS, "Razorpay key id", r"rzp_(?:live|test)_[0-9A-Za-z]{14}", "rzp_live_{base62:14}", level=MEDIUM, entropy=3.0
    ),
    token(
        "flutterwave_key",
        _SAAS,
        "Flutterwave secret key",
        r"FLWSECK(?:_TEST)?-[0-9a-h]{32}-(?:[0-9a-z]{8,16}-)?X|FLWSECK_TEST-?[0-9a-h]{12}",
        "FLWSECK-{hex:32}-X",
    ),
    token(
        "paystack_key", _SAAS, "Paystack secret key", r"sk_(?:live|test)_[0-9a-f]{40}", "sk_live_{hex:40}", rank=81, keywords=("paystack",)
    ),
    named(
        "gocardless_token",
        _SAAS,
        "GoCardless API token",
        "gocardless",
        r"live_[0-9A-Za-z=_-]{40}",
        "live_{base64url:40}",
        ignore_case=False,
    ),
    named("plaid_secret", _SAAS, "Plaid secret", "plaid", r"[0-9a-f]{30}", "{hex:30}"),
    named(
        "plaid_token",
        _SAAS,
        "Plaid access token",
        "plaid|access",
        rf"access-(?:sandbox|development|production)-{UUID}",
        "access-production-{uuid}",
    ),
    token(
        "paddle_key",
        _SAAS,
        "Paddle API key",
        r"pdl_(?:live|sdbx)_apikey_[0-9a-z]{26}_[0-9A-Za-z]{22}_[0-9A-Za-z]{3}",
        "pdl_live_apikey_{lower:26}_{base62:22}_{base62:3}",
        entropy=4.0,
    ),
    token(
        "polar_token", _SAAS, "Polar access token", r"polar_(?:oat|pat|at_[uo])_[0-9A-Za-z]{37,50}", "polar_oat_{base62:43}", entropy=4.0
    ),
    token("shippo_token", _SAAS, "Shippo API token", r"shippo_(?:live|test)_[0-9a-fA-F]{40}", "shippo_live_{hex:40}"),
    token("easypost_token", _SAAS, "EasyPost API key", r"EZ[AT]K[0-9A-Za-z]{54}", "EZAK{base62:54}", entropy=3.8),
    token("duffel_token", _SAAS, "Duffel API token", r"duffel_(?:test|live)_[0-9A-Za-z_=-]{43}", "duffel_live_{base64url:43}", entropy=3.5),
    token("settlemint_token", _SAAS, "SettleMint access token", r"sm_(?:aat|pat|sat)_[0-9A-Za-z]{16}", "sm_pat_{base62:16}", entropy=3.2),
    named(
        "coinbase_token", _SAAS, "Coinbase API secret", "coinbase", r"[0-9A-Za-z_-]{64}", "{base64url:64}", ignore_case=False, entropy=4.0
    ),
    named("kraken_key", _SAAS, "Kraken private key", "kraken", r"[0-9A-Za-z/+]{86}==", "{base64:64}", ignore_case=False, entropy=4.2),
    named("kucoin_secret", _SAAS, "KuCoin API secret", "kucoin", rf"{UUID}|[0-9a-f]{{24}}", "{uuid}"),
    named("binance_secret", _SAAS, "Binance API secret", "binance", r"[0-9A-Za-z]{64}", "{base62:64}", ignore_case=False, entropy=4.0),
    named("bittrex_key", _SAAS, "Bittrex access or secret key", "bittrex", r"[0-9a-f]{32}", "{hex:32}"),
    named("finnhub_token", _SAAS, "Finnhub API token", "finnhub", r"[0-9a-z]{20}|[0-9a-z]{40}", "{lower:20}", level=MEDIUM),
    named(
        "alchemy_key",
        _SAAS,
        "Alchemy API key",
        "alchemy",
        r"[0-9A-Za-z_-]{32}",
        "{base64url:32}",
        level=MEDIUM,
        ignore_case=False,
        entropy=3.6,
    ),
    named("infura_secret", _SAAS, "Infura project secret", "infura", r"[0-9a-f]{32}", "{hex:32}", level=MEDIUM),
    token(
        "freemius_secret",
        _SAAS,
        "Freemius secret key",
        r"secret_key['\"]\s{0,3}=>\s{0,3}['\"](sk_[^\s'\"]{29})",
        "'secret_key' => 'sk_{base62:29}'",
        before="",
        inner=True,
        after="['\"]",
    ),
)
