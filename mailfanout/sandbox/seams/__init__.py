"""Every change to moto: what is replaced, by what, why, and in which file of moto."""
