"""VEX documents (OpenVEX, CycloneDX, CSAF): what somebody says about vulnerabilities in products, and what that decides."""
