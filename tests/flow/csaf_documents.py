"""A CSAF VEX document as Red Hat writes them: made after the specification and Red Hat's description of its documents."""

from __future__ import annotations

from typing import Any


def _product(product_id: str, **helper: str) -> dict[str, Any]:
    return {"category": "product_version", "name": product_id, "product": {
        "product_id": product_id, "name": product_id, "product_identification_helper": helper}}  # fmt: skip


def _relation(component: str, release: str) -> dict[str, Any]:
    return {"category": "default_component_of", "product_reference": component, "relates_to_product_reference": release,
            "full_product_name": {"product_id": f"{release}:{component}", "name": component}}  # fmt: skip


RED_HAT: dict[str, Any] = {
    "document": {"category": "csaf_vex", "csaf_version": "2.0", "tracking": {"current_release_date": "2024-06-01T00:00:00+00:00"}},
    "product_tree": {
        "branches": [{"category": "vendor", "name": "Red Hat", "branches": [
            _product("BaseOS-9", cpe="cpe:/o:redhat:enterprise_linux:9::baseos"),
            _product("AppStream-9", cpe="cpe:/a:redhat:enterprise_linux:9::appstream"),
            _product("rhel_9", cpe="cpe:/o:redhat:enterprise_linux:9"),
            _product("openssl-libs-1:3.0.7-27.el9.x86_64", purl="pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&epoch=1"),
            _product("nodejs-1:18.2", purl="pkg:rpm/redhat/nodejs@18.2-1.module%2Bel9%2B2?arch=x86_64&epoch=1&rpmmod=nodejs:18:9:c"),
            _product("compat-openssl11", purl="pkg:rpm/redhat/compat-openssl11"), _product("edk2-ovmf", purl="pkg:rpm/redhat/edk2-ovmf"),
        ]}],
        "relationships": [
            _relation("openssl-libs-1:3.0.7-27.el9.x86_64", "BaseOS-9"), _relation("nodejs-1:18.2", "AppStream-9"),
            _relation("compat-openssl11", "rhel_9"), _relation("edk2-ovmf", "rhel_9"),
        ],
    },
    "vulnerabilities": [{
        "cve": "CVE-2024-1", "title": "openssl: a flaw", "release_date": "2024-05-01T00:00:00+00:00",
        "product_status": {
            "fixed": ["BaseOS-9:openssl-libs-1:3.0.7-27.el9.x86_64", "AppStream-9:nodejs-1:18.2"],
            "known_affected": ["rhel_9:compat-openssl11"], "known_not_affected": ["rhel_9:edk2-ovmf"],
        },
        "remediations": [
            {"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["rhel_9:compat-openssl11"]},
            {"category": "vendor_fix", "date": "2024-05-20T10:00:00+00:00", "product_ids": ["BaseOS-9:openssl-libs-1:3.0.7-27.el9.x86_64"]},
        ],
        "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}, "products": ["rhel_9:compat-openssl11"]}],
    }],
}  # fmt: skip
