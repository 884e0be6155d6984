"""Both ends of the wire: receipts up to headquarters, signed bundles back down."""
