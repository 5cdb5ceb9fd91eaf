package dev.carillon.listener;

/**
 * Who wants to know which subscriptions there are, for instance to meter them. Called by whoever
 * subscribes or closes.
 */
public interface ListenerObserver {

  /** Nobody. */
  ListenerObserver NONE =
      new ListenerObserver() {
        @Override
        public void onSubscribed(Subscription subscription) {}

        @Override
        public void onClosed(Subscription subscription) {}
      };

  /** A subscription has begun. */
  void onSubscribed(Subscription subscription);

  /** A subscription has ended. */
  void onClosed(Subscription subscription);
}
