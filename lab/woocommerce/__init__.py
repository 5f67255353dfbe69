"""A WooCommerce store without WordPress: REST v3, webhooks, wc-auth, Store API and a storefront, held to answers recorded from 9.9.5.

Start reading at app.py (what is put together) and store.py (what the store knows).
"""
