"""Shopify, as far as it is built: payloads become Records, deliveries are verified and read. A store cannot be connected yet."""
