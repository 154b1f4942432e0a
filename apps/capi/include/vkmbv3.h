/* vkmbv3: MobileNet classifiers on any GPU with Vulkan, from C. docs/library.md has a complete example.
 *
 * Every function may be called from several threads at once, with the same classifier too: they prepare images at
 * the same time and take turns on the device. None of them ends the process or lets an exception out; what went wrong
 * is a vkmbv3_status, and in words vkmbv3_last_error(). Whatever one passes, null pointers and classifiers that were
 * closed included, is checked; only a pointer to memory that is not there cannot be. A process that was forked after a
 * classifier was opened has none, and cannot open one: drivers do not outlive a fork.
 *
 * Programs built with this header run with every later version of the library of the same major version. Structs
 * grow at their end: struct_size says which one a program was built with, so start from their _INIT. */
#ifndef VKMBV3_H
#define VKMBV3_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(VKMBV3_BUILDING)
#define VKMBV3_API __declspec(dllexport)
#elif defined(_WIN32)
#define VKMBV3_API __declspec(dllimport)
#elif defined(__GNUC__)
#define VKMBV3_API __attribute__((visibility("default")))
#else
#define VKMBV3_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vkmbv3_status {
    VKMBV3_OK = 0,
    VKMBV3_INVALID_ARGUMENT = 1, /* null, out of range, or a classifier that is not open */
    VKMBV3_FILE_ERROR = 2,       /* a file cannot be read */
    VKMBV3_WEIGHTS_ERROR = 3,    /* a weights file is damaged, or of no network that is known */
    VKMBV3_LABELS_ERROR = 4,     /* a file of class names cannot be used */
    VKMBV3_IMAGE_ERROR = 5,      /* an image is missing, damaged, or of no format that is known */
    VKMBV3_NO_VULKAN = 6,        /* no Vulkan, no device, or none of this index */
    VKMBV3_DEVICE_ERROR = 7,     /* a device cannot do it, or failed: then open the classifier again */
    VKMBV3_OUT_OF_MEMORY = 8,    /* of the host or of the device */
    VKMBV3_NOT_FINITE = 9,       /* the network's outputs are no numbers */
    VKMBV3_INTERNAL_ERROR = 10,  /* anything else */
    VKMBV3_REFUSED = 11          /* a session (vkmbv3_teach.h) cannot do it, or not now */
} vkmbv3_status;

/* Returns the library's version, "1.2.3". */
VKMBV3_API const char* vkmbv3_version(void);

/* Return what the last call of this thread that failed has met, in one line and as a status; "" and VKMBV3_OK before
 * there was one. Calls that succeed change neither. The text is good until this thread's next call that fails. */
VKMBV3_API const char* vkmbv3_last_error(void);
VKMBV3_API vkmbv3_status vkmbv3_last_status(void);

/* --- Classifiers --------------------------------------------------------------------------------------------------- */

/* A trained network on one device, with the names of its classes. Not a pointer to anything. */
typedef struct vkmbv3_classifier vkmbv3_classifier;

enum {
    VKMBV3_DEFAULT_DEVICE = -1 /* of the fastest kind that is there */
};

enum {
    VKMBV3_FP32 = 0,
    VKMBV3_AMP = 1, /* fp16 storage, half the memory; an error where the device has none */
    VKMBV3_AUTO = 2 /* the faster of the two on this device */
};

typedef struct vkmbv3_options {
    size_t struct_size;
    int32_t device;     /* an index as `vkmbv3 devices` prints it, or VKMBV3_DEFAULT_DEVICE */
    int32_t precision;  /* VKMBV3_FP32, VKMBV3_AMP or VKMBV3_AUTO */
    const char* labels; /* a file of class names, for weights that have none or others; or NULL */
} vkmbv3_options;

#define VKMBV3_OPTIONS_INIT \
    { sizeof(vkmbv3_options), VKMBV3_DEFAULT_DEVICE, VKMBV3_FP32, NULL }

/* Opens a weights file of any format that `vkmbv3 predict` reads. Reads, compiles and uploads everything; the first
 * time on a machine that may take seconds. `options` may be NULL. Where it fails, *classifier is NULL.
 * A process's first call loads the Vulkan drivers, some of which read the environment. */
VKMBV3_API vkmbv3_status vkmbv3_open(const char* weights, const vkmbv3_options* options,
                                     vkmbv3_classifier** classifier);

/* Closes a classifier. Calls that still use it on other threads end first as if it were open; NULL is none and no
 * error. Close all before a process ends that is to report no leaks. */
VKMBV3_API vkmbv3_status vkmbv3_close(vkmbv3_classifier*);

/* Returns how many classes there are; 0 where it fails. */
VKMBV3_API int64_t vkmbv3_class_count(vkmbv3_classifier*);

/* These return texts in UTF-8 that are good until the classifier is closed; NULL where they fail. */

/* Returns the name of a class, from 0; its number where it has none. */
VKMBV3_API const char* vkmbv3_class_name(vkmbv3_classifier*, int64_t label);
/* Returns which device runs it: "device 0 (its name)". */
VKMBV3_API const char* vkmbv3_device(vkmbv3_classifier*);
/* Returns what it stores numbers in, "fp32" or "amp". */
VKMBV3_API const char* vkmbv3_precision(vkmbv3_classifier*);
/* Returns what was assumed or left out as the weights were read, a line each; often "". */
VKMBV3_API const char* vkmbv3_notices(vkmbv3_classifier*);

/* --- Images -------------------------------------------------------------------------------------------------------- */

enum {
    VKMBV3_RGB = 0,  /* 8 bits a value, in this order in memory */
    VKMBV3_RGBA = 1, /* alpha is dropped, not blended */
    VKMBV3_BGR = 2,
    VKMBV3_BGRA = 3,
    VKMBV3_GRAY = 4,
    /* BT.601's Y, and behind it or elsewhere a plane of colours, a pair for two by two pixels. In the limited range
     * (black and white are 16 and 235) that video has, or in the full one (0 and 255) of JPEG: of Android's APIs,
     * Camera's preview is the first, camera2 and CameraX mostly deliver the second (DataSpace says so). */
    VKMBV3_NV12 = 5, /* Cb, Cr */
    VKMBV3_NV21 = 6, /* Cr, Cb */
    VKMBV3_NV12_FULL_RANGE = 7,
    VKMBV3_NV21_FULL_RANGE = 8
};

typedef struct vkmbv3_image {
    size_t struct_size;
    int32_t format;        /* VKMBV3_RGB, … */
    int32_t width, height; /* in pixels, as stored; together 100 million at most */
    int32_t rotation;      /* degrees to turn it clockwise so that it is upright: 0, 90, 180 or 270 */
    const uint8_t* pixels; /* the first row; of NV12 and NV21 the first of Y */
    size_t stride;         /* bytes from row to row; 0 where rows follow each other without a gap */
    /* Of NV12 and NV21, ignored for others: (height + 1) / 2 rows of (width + 1) / 2 pairs of bytes. */
    const uint8_t* chroma; /* NULL where they follow the last row of Y, `height` strides behind the first */
    size_t chroma_stride;  /* 0: the stride of Y, or a row's bytes where those are more */
} vkmbv3_image;

#define VKMBV3_IMAGE_INIT \
    { sizeof(vkmbv3_image), VKMBV3_RGB, 0, 0, 0, NULL, 0, NULL, 0 }

/* A class, and how likely it is: 0 to 1, over all classes 1. This struct does not grow. */
typedef struct vkmbv3_prediction {
    int64_t label;
    double probability;
} vkmbv3_prediction;

/* These classify an image of any size, prepared as in evaluation: resized, its middle cropped, normalised as the
 * weights file says. `top` has room for `top_count` predictions and gets the most probable classes, the first of
 * them first; where there are fewer classes, the rest become {-1, 0}. `logits` gets the network's output for every
 * class; logit_count must be their number. Either may be NULL with a count of 0. Where they fail, neither changes. */

VKMBV3_API vkmbv3_status vkmbv3_classify(vkmbv3_classifier*, const vkmbv3_image* image,
                                         vkmbv3_prediction* top, size_t top_count, float* logits,
                                         size_t logit_count);
/* Takes an image file: JPEG, PNG, WebP, GIF, BMP or PNM, turned as its EXIF data say. */
VKMBV3_API vkmbv3_status vkmbv3_classify_file(vkmbv3_classifier*, const char* path, vkmbv3_prediction* top,
                                              size_t top_count, float* logits, size_t logit_count);
/* Takes such a file's bytes. */
VKMBV3_API vkmbv3_status vkmbv3_classify_encoded(vkmbv3_classifier*, const void* bytes, size_t byte_count,
                                                 vkmbv3_prediction* top, size_t top_count, float* logits,
                                                 size_t logit_count);

#ifdef __cplusplus
}
#endif

#endif
