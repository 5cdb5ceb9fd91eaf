/** An activity that ends by itself: its entrance closes everywhere, and it is settled once. */
@NullMarked
package dev.carillon.examples.coupons;

import org.jspecify.annotations.NullMarked;
