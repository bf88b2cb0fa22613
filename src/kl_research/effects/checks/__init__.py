"""Checks of an answer: would the design have spoken elsewhere, and what could be objected?"""
