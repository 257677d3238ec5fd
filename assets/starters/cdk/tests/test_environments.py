"""ddk.json is read as the app needs it."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from pipeline_app.environments import Environments  # noqa: E402

CONFIG = {
    "tags": {"penstock:pipeline": "orders"},
    "environments": {
        "cicd": {"account": "111111111111", "region": "eu-west-1", "stage": "cicd"},
        "dev": {
            "account": "222222222222",
            "region": "eu-west-1",
            "stage": "dev",
            "tags": {"Team": "analytics"},
            "resources": {"ddk-bucket": {"versioned": False, "removal_policy": "destroy"}},
            "bootstrap": {"qualifier": "hnb659fds"},
        },
        "prod": {"account": "444444444444", "region": "eu-central-1"},
    },
}


class EnvironmentsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.environments = Environments(CONFIG)

    def test_a_stage_has_its_own_account(self) -> None:
        dev = self.environments.of_stage("dev")
        self.assertEqual((dev.account, dev.region), ("222222222222", "eu-west-1"))
        self.assertEqual(dev.tags, {"Team": "analytics"})

    def test_a_stage_is_found_by_its_key_when_it_names_none(self) -> None:
        self.assertEqual(self.environments.of_stage("prod").account, "444444444444")

    def test_an_unknown_stage_is_told(self) -> None:
        with self.assertRaisesRegex(ValueError, "no stage qa; it has: cicd, dev, prod"):
            self.environments.of_stage("qa")

    def test_settings_fall_back(self) -> None:
        dev = self.environments.of_stage("dev")
        self.assertFalse(dev.setting("ddk-bucket", "versioned", True))
        self.assertTrue(self.environments.of_stage("prod").setting("ddk-bucket", "versioned", True))

    def test_the_bootstrap_reaches_the_synthesizer(self) -> None:
        self.assertEqual(
            self.environments.of_stage("dev").synthesizer(), {"qualifier": "hnb659fds"}
        )


if __name__ == "__main__":
    unittest.main()
