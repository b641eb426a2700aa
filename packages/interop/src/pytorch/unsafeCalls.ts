/**
 * Functions that run programs or change files: no training code keeps calls of them in a checkpoint, whoever makes a
 * file to do harm does. Nothing depends on this list being whole, since nothing that a file names is ever called.
 */
const UNSAFE: readonly RegExp[] = [
  /^(?:os|posix|nt)\.(?!\w*_result$|\w*_size$|PathLike$|_Environ$)/,
  /^(?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|__import__|open|input|breakpoint)$/,
  /^subprocess\.(?:Popen|run|call|check_\w+|get\w*output)$/,
  /^(?:commands|pty|runpy|ctypes|webbrowser|importlib|code|pdb|bdb|pip|timeit|cProfile|profile)\./,
  /^(?:shutil\.(?:rmtree|move|copy\w*)|socket\.(?:socket|create_\w+)|urllib\.request\.\w+)$/,
  /^(?:pickle|_pickle|marshal|dill|cloudpickle|joblib|torch|torch\.jit|torch\.hub)\.(?:loads?|load_state_dict_from_url)$/,
];

/** Whether a call of a function, by its full name, is one that no weights file needs. */
export const isUnsafe = (name: string): boolean => UNSAFE.some((pattern) => pattern.test(name));
