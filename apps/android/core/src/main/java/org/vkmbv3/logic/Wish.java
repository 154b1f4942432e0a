package org.vkmbv3.logic;

/** Says what a person wants of the last lesson, whatever the phone allows at the moment. */
public enum Wish {
    NOTHING,
    /** A new lesson, which has not begun. */
    START,
    /** That it goes on, until it is over. */
    TRAIN,
    /** That it waits. */
    REST
}
