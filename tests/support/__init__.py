"""What tests share: `from support.waiting import wait_until`, wherever the test stands."""
