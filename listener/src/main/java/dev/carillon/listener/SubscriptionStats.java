package dev.carillon.listener;

/**
 * What a subscription has seen and done since it began.
 *
 * @param heard events that arrived and were wanted
 * @param handled events whose handler returned
 * @param failed events that were given up: their handler threw and there was no further attempt
 * @param retried attempts behind the first ones
 * @param gaps places where events may be missing, {@code STARTED} not counted
 * @param missed events that are known to be missing because the queue was full
 * @param waiting signals in the queue now
 * @param running events whose handler runs now
 * @param lagMillis how old the event was whose handler began last: the time from hearing it (from
 *     its happening, where a feed tells that) to its handler
 */
public record SubscriptionStats(
    long heard,
    long handled,
    long failed,
    long retried,
    long gaps,
    long missed,
    int waiting,
    int running,
    long lagMillis) {}
