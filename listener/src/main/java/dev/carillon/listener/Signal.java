package dev.carillon.listener;

/**
 * What a subscription yields, in order: events, and between them the places where events may be
 * missing.
 */
public sealed interface Signal permits KeyEvent, Gap {}
