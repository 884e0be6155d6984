"""`tillside sync`, the register's end, and `tillside headquarters`, the other."""
