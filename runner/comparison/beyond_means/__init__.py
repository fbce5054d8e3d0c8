"""Tables that say more of rows than how far their means are apart."""
