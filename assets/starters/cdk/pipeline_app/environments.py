"""ddk.json: which account and region each stage is deployed to. Needs neither AWS nor the CDK."""
import json
from dataclasses import dataclass, field
from typing import Any

# What DDK's configuration calls a thing, and what the CDK's synthesizer calls it.
SYNTHESIZER_NAMES = {
    "qualifier": "qualifier",
    "file_assets_bucket_name": "file_assets_bucket_name",
    "stack_version_ssm_parameter": "bootstrap_stack_version_ssm_parameter",
    "deploy_role": "deploy_role_arn",
    "file_publish_role": "file_asset_publishing_role_arn",
    "cfn_execution_role": "cloud_formation_execution_role",
    "lookup_role": "lookup_role_arn",
}


@dataclass(frozen=True)
class Environment:
    """One stage's place."""

    stage: str
    account: str
    region: str
    tags: dict[str, str] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    bootstrap: dict[str, str] = field(default_factory=dict)

    def setting(self, resource: str, name: str, otherwise: Any) -> Any:
        """A setting of a resource in this stage, as "versioned" of "ddk-bucket"."""
        return self.resources.get(resource, {}).get(name, otherwise)

    def synthesizer(self) -> dict[str, str]:
        """What the CDK has to be told of this account's bootstrap."""
        return {
            SYNTHESIZER_NAMES[name]: value
            for name, value in self.bootstrap.items()
            if name in SYNTHESIZER_NAMES
        }


class Environments:
    """All stages of the pipeline."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.tags: dict[str, str] = config.get("tags", {})
        self._by_stage = {
            place.get("stage", name): Environment(
                stage=place.get("stage", name),
                account=place["account"],
                region=place["region"],
                tags=place.get("tags", {}),
                resources=place.get("resources", {}),
                bootstrap=place.get("bootstrap", {}),
            )
            for name, place in config["environments"].items()
        }

    @classmethod
    def read(cls, path: str) -> "Environments":
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))

    def of_stage(self, stage: str) -> Environment:
        if stage not in self._by_stage:
            known = ", ".join(sorted(self._by_stage))
            raise ValueError(f"ddk.json has no stage {stage}; it has: {known}")
        return self._by_stage[stage]
