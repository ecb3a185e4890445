"""Writers of SBOM documents: the packages of an image as CycloneDX 1.6 and SPDX 2.3."""
