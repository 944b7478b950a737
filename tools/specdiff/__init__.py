"""Compare two specs by meaning."""
