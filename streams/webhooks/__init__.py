"""Outgoing webhooks: changes of risks and answers of actions, sent to the addresses that subscribed."""
