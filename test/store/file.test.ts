import { openFileStore } from '../../src/store/file.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { describeStoreContract } from './conformance.ts';

const folder = tempFolder();
let opened = 0;

describeStoreContract('file', async () => {
  opened += 1;
  return openFileStore(`${folder}/${opened}`);
});
