package org.vkmbv3.engine;

/** Says how much of a network a lesson changes. In the order of vkmbv3_teach.h. */
public enum Reach {
    HEAD,
    LAST_STAGES,
    EVERYTHING
}
