import {
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** Finds Protobuf files by what they declare. Built once from the generated descriptors. */
export class DescriptorIndex {
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions = new Map<string, Map<number, DescExtension>>();
  readonly #encoded = new Map<string, readonly Uint8Array[]>();

  /** Indexes the files and whatever they import, directly or not. */
  constructor(files: Iterable<DescFile>) {
    for (const file of files) this.#addFile(file);
  }

  /** The file of that path, as imports name it: with `.proto`. */
  file(path: string): DescFile | undefined {
    return this.#files.get(path.endsWith('.proto') ? path.slice(0, -'.proto'.length) : path);
  }

  /** The file that declares a fully qualified message, enum, service, method, field or value. */
  fileOfSymbol(name: string): DescFile | undefined {
    return this.#symbols.get(name);
  }

  /** The file that declares the extension of a message by its number. */
  fileOfExtension(message: string, number: number): DescFile | undefined {
    return this.#extensions.get(message)?.get(number)?.file;
  }

  /** The numbers of all extensions of a message; `undefined` if there is no such message. */
  extensionNumbers(message: string): number[] | undefined {
    const numbers = this.#extensions.get(message);
    return numbers && [...numbers.keys()].sort((a, b) => a - b);
  }

  /** The encoded FileDescriptorProto of the file, then those of all it depends on. */
  encodedWithDependencies(file: DescFile): readonly Uint8Array[] {
    let encoded = this.#encoded.get(file.name);
    if (encoded === undefined) {
      const closure = new Set([file]);
      // A set is iterated over what is added on the way, too.
      for (const { dependencies } of closure) for (const each of dependencies) closure.add(each);
      encoded = [...closure].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
      this.#encoded.set(file.name, encoded);
    }
    return encoded;
  }

  #addFile(file: DescFile): void {
    if (this.#files.has(file.name)) return;
    this.#files.set(file.name, file);
    for (const dependency of file.dependencies) this.#addFile(dependency);
    for (const type of nestedTypes(file)) {
      this.#symbols.set(type.typeName, file);
      switch (type.kind) {
        case 'message':
          this.#addMessage(type);
          break;
        case 'service':
          this.#addMethods(type);
          break;
        case 'extension':
          this.#extensionsOf(type.extendee).set(type.number, type);
          break;
        case 'enum': {
          // Values are named in the scope around their enum, as in C++.
          const scope = type.typeName.slice(0, type.typeName.lastIndexOf('.') + 1);
          for (const value of type.values) this.#symbols.set(scope + value.name, file);
        }
      }
    }
  }

  #addMessage(message: DescMessage): void {
    this.#extensionsOf(message);
    for (const member of [...message.fields, ...message.oneofs]) {
      this.#symbols.set(`${message.typeName}.${member.name}`, message.file);
    }
  }

  #addMethods(service: DescService): void {
    for (const method of service.methods) {
      this.#symbols.set(`${service.typeName}.${method.name}`, service.file);
    }
  }

  #extensionsOf(message: DescMessage): Map<number, DescExtension> {
    let extensions = this.#extensions.get(message.typeName);
    if (extensions === undefined) {
      extensions = new Map();
      this.#extensions.set(message.typeName, extensions);
    }
    return extensions;
  }
}
