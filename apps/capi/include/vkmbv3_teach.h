/* vkmbv3: teaching a network new classes from pictures, from C. In libvkmbv3_teach, which has all of vkmbv3.h too: link
 * one of the two libraries. docs/library.md has a complete example.
 *
 * A session is a folder: the classes' pictures, and a run directory of `vkmbv3 train` for each lesson. It is the one
 * that the window vkmbv3-demo has, so a session and what it taught move between a desktop and a phone. Whenever the
 * process ends, all of it can be gone on with.
 *
 * What vkmbv3.h says of threads, errors, handles and structs holds here, too. Functions that change a session return
 * when the change is in its files; a lesson goes on behind the call that started it. */
#ifndef VKMBV3_TEACH_H
#define VKMBV3_TEACH_H

#include <vkmbv3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A folder of classes, pictures and lessons. Not a pointer to anything. */
typedef struct vkmbv3_session vkmbv3_session;

typedef struct vkmbv3_session_options {
    size_t struct_size;
    int32_t
        device; /* that lessons run on: an index as `vkmbv3 devices` prints it, or VKMBV3_DEFAULT_DEVICE */
    const char*
        weights; /* that lessons start from, unless the session remembers others that are still there; or NULL */
} vkmbv3_session_options;

#define VKMBV3_SESSION_OPTIONS_INIT \
    { sizeof(vkmbv3_session_options), VKMBV3_DEFAULT_DEVICE, NULL }

/* Opens a session or makes one. A folder belongs to one session at a time, in all processes. `options` may be NULL.
 * Where it fails, *session is NULL. */
VKMBV3_API vkmbv3_status vkmbv3_session_open(const char* folder, const vkmbv3_session_options* options,
                                             vkmbv3_session** session);

/* Pauses a lesson that is at work, waits until it is saved, and closes the session. Calls that still use it on other
 * threads end first; NULL is none and no error. */
VKMBV3_API vkmbv3_status vkmbv3_session_close(vkmbv3_session*);

/* --- Classes and pictures ------------------------------------------------------------------------------------------ */

/* Names are UTF-8, at most 80 bytes, and a folder's on every system: without / \ : * ? " < > | and without a dot in
 * front or behind. A background class stands for "none of the others". */
VKMBV3_API vkmbv3_status vkmbv3_session_add_class(vkmbv3_session*, const char* name, int32_t background);
VKMBV3_API vkmbv3_status vkmbv3_session_rename_class(vkmbv3_session*, const char* name, const char* new_name);
/* Takes a class out with its pictures. */
VKMBV3_API vkmbv3_status vkmbv3_session_remove_class(vkmbv3_session*, const char* name);

/* Adds a picture to a class, kept upright as PNG. */
VKMBV3_API vkmbv3_status vkmbv3_session_add_picture(vkmbv3_session*, const char* class_name,
                                                    const vkmbv3_image* image);
/* Adds what a camera sees now. Frames of a class that follow each other within two seconds are one recording: one change
 * for vkmbv3_session_undo, and no lesson is measured by a frame whose neighbours it was taught. */
VKMBV3_API vkmbv3_status vkmbv3_session_add_frame(vkmbv3_session*, const char* class_name,
                                                  const vkmbv3_image* image);
/* Adds a copy of an image file of any format that vkmbv3_classify_file takes; of a folder, of all images below it.
 * VKMBV3_REFUSED where one of them is in the session already; the others are added. */
VKMBV3_API vkmbv3_status vkmbv3_session_add_file(vkmbv3_session*, const char* class_name, const char* path);

/* Takes the last of these changes back, of those since the session was opened; a folder's pictures are one. VKMBV3_REFUSED
 * where there is none. */
VKMBV3_API vkmbv3_status vkmbv3_session_undo(vkmbv3_session*);

/* A class as it is now. This struct does not grow. */
typedef struct vkmbv3_class {
    char name[256]; /* UTF-8, ends with a zero */
    int64_t pictures;
    int32_t background;
} vkmbv3_class;

/* Puts the classes, in the order in which they were added, into `classes`, which has room for `capacity` of them, and
 * into *count how many there are. `classes` may be NULL with a capacity of 0. */
VKMBV3_API vkmbv3_status vkmbv3_session_classes(vkmbv3_session*, vkmbv3_class* classes, size_t capacity,
                                                size_t* count);

/* --- Lessons ------------------------------------------------------------------------------------------------------- */

enum {
    VKMBV3_HEAD = 0,        /* the classifier; the quickest */
    VKMBV3_LAST_STAGES = 1, /* the last stages, too */
    VKMBV3_EVERYTHING = 2
};

/* What is 0 is as usual for what is trained. */
typedef struct vkmbv3_lesson {
    size_t struct_size;
    int32_t reach;  /* VKMBV3_HEAD, VKMBV3_LAST_STAGES or VKMBV3_EVERYTHING */
    int32_t mirror; /* 1: pictures may be mirrored; not where left and right matter */
    int64_t epochs; /* a million at most */
    int64_t batch_size;
    double learning_rate;
    double
        held_out; /* share of the pictures that are never trained on and measure accuracy; 0: a fifth; below 1 */
    uint64_t seed;
} vkmbv3_lesson;

#define VKMBV3_LESSON_INIT \
    { sizeof(vkmbv3_lesson), VKMBV3_HEAD, 0, 0, 0, 0, 0, 0 }

/* Starts a lesson with the pictures of now: two classes at least, each with two pictures. Classes and pictures may
 * change while it is at work; the lesson before it is kept in its folder. `lesson` may be NULL. VKMBV3_REFUSED where
 * another is at work. */
VKMBV3_API vkmbv3_status vkmbv3_session_start(vkmbv3_session*, const vkmbv3_lesson* lesson);

/* Has a lesson end the step that it is in, and save; returns at once. Does nothing where none is at work. */
VKMBV3_API vkmbv3_status vkmbv3_session_pause(vkmbv3_session*);

/* Goes on with the last lesson where it was paused, or where the process was killed. VKMBV3_REFUSED where there is none
 * to go on with, or the pictures are others: undo takes changes back. */
VKMBV3_API vkmbv3_status vkmbv3_session_resume(vkmbv3_session*);

/* Waits until no lesson is at work. */
VKMBV3_API vkmbv3_status vkmbv3_session_wait(vkmbv3_session*);

/* Chooses what later lessons start from: a weights file of any format that vkmbv3_open takes. One that cannot be read
 * is refused, and lessons go on to start from those before. */
VKMBV3_API vkmbv3_status vkmbv3_session_set_weights(vkmbv3_session*, const char* weights);

enum {
    VKMBV3_LESSON_NONE = 0,      /* there was none in this session yet */
    VKMBV3_LESSON_PREPARING = 1, /* reads pictures, opens the device, compiles */
    VKMBV3_LESSON_TRAINING = 2,
    VKMBV3_LESSON_PAUSING = 3, /* ends the step that it is in, and saves */
    VKMBV3_LESSON_PAUSED = 4,
    VKMBV3_LESSON_FINISHED = 5,
    VKMBV3_LESSON_FAILED = 6 /* VKMBV3_TEXT_PROBLEM says why */
};

/* How a lesson goes. Of what is not known yet the numbers are NaN. */
typedef struct vkmbv3_progress {
    size_t struct_size;
    int32_t phase;      /* VKMBV3_LESSON_NONE, … */
    int32_t can_resume; /* 1: vkmbv3_session_resume() would go on */
    int32_t can_undo;
    int32_t reach; /* of this lesson: VKMBV3_HEAD, … */
    int64_t epoch, epochs, step, steps;
    double share;                                /* of the whole lesson that is done, 0 to 1 */
    double loss, accuracy;                       /* of the last step's own batch */
    double validation_loss, validation_accuracy; /* on the held-out pictures, at the last validation */
    double best_accuracy;                        /* there, of the weights that are kept */
    double images_per_second, seconds, seconds_left;
    uint64_t notices; /* how many there were; the last one is VKMBV3_TEXT_NOTICE */
} vkmbv3_progress;

#define VKMBV3_PROGRESS_INIT \
    { sizeof(vkmbv3_progress), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* Tells how the last lesson goes, at one moment. Waits for nothing. */
VKMBV3_API vkmbv3_status vkmbv3_session_progress(vkmbv3_session*, vkmbv3_progress* progress);

enum {
    VKMBV3_TEXT_DOING = 0,    /* what the lesson does: "compiling 12 of 80 kernels" */
    VKMBV3_TEXT_PROBLEM = 1,  /* why the lesson failed */
    VKMBV3_TEXT_NOTICE = 2,   /* the last thing that a person should be told */
    VKMBV3_TEXT_UNDOABLE = 3, /* what undo would take back: "adding 000017.png to cat" */
    VKMBV3_TEXT_WEIGHTS = 4,  /* the file that lessons start from */
    VKMBV3_TEXT_TAUGHT = 5,   /* the best weights of the last lesson so far, a file for vkmbv3_open() */
    VKMBV3_TEXT_DEVICE = 6,   /* "device 0 (its name)", once the lesson has one */
    VKMBV3_TEXT_RUN = 7       /* the last lesson's run directory */
};

/* Puts a text in UTF-8 into `text`, which has room for `capacity` bytes, and into *size how many it takes with the zero
 * at its end; "" where there is none (VKMBV3_TEXT_TAUGHT is that of the lesson before where the last one ended without
 * any). Where there is less room, nothing is put there, which is no error. `text` may
 * be NULL with a capacity of 0. */
VKMBV3_API vkmbv3_status vkmbv3_session_text(vkmbv3_session*, int32_t which, char* text, size_t capacity,
                                             size_t* size);

enum {
    VKMBV3_CURVE_TRAINING = 0,  /* of each step's own batch */
    VKMBV3_CURVE_VALIDATION = 1 /* on the held-out pictures */
};

/* This struct does not grow. */
typedef struct vkmbv3_curve_point {
    int64_t step;
    double loss, accuracy;
} vkmbv3_curve_point;

/* Puts the last lesson's curve, or its first `capacity` points, into `points`, and into *count how many there are.
 * `points` may be NULL with a capacity of 0. */
VKMBV3_API vkmbv3_status vkmbv3_session_curve(vkmbv3_session*, int32_t which, vkmbv3_curve_point* points,
                                              size_t capacity, size_t* count);

/* What the network makes of a class's held-out pictures. This struct does not grow. */
typedef struct vkmbv3_class_score {
    char name[256];
    int64_t images;  /* of this class */
    int64_t hits;    /* of those, taken for it */
    int64_t guesses; /* of any class, taken for it */
} vkmbv3_class_score;

/* Puts the last validation's scores, class by class in the order of their names, into `scores`, and into *count how
 * many there are: 0 before the first one, and in a session that was opened after it. `confusion` gets a row of *count
 * numbers a class: how many of its pictures are taken for each. Both have room for `capacity` classes; where
 * there are more, nothing is put there, which is no error. Either may be NULL. */
VKMBV3_API vkmbv3_status vkmbv3_session_judgement(vkmbv3_session*, vkmbv3_class_score* scores,
                                                  int64_t* confusion, size_t capacity, size_t* count);

/* Writes the taught network in the format that the file's ending names: .safetensors, .onnx, .pth, … */
VKMBV3_API vkmbv3_status vkmbv3_session_export(vkmbv3_session*, const char* path);

#ifdef __cplusplus
}
#endif

#endif
