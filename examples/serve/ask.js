// What a server says of pictures: node ask.js http://127.0.0.1:8080 photo.jpg other.png
import { readFile } from 'node:fs/promises';
import { predictClient } from '@understory/serve';

const [url, ...files] = process.argv.slice(2);
if (url === undefined || files.length === 0) throw new Error('Say where the server is, and which pictures.');
const token = process.env.UNDERSTORY_TOKEN;
const client = predictClient(url, token === undefined ? {} : { token });
const results = await client.predict(await Promise.all(files.map((file) => readFile(file))));
results.forEach(({ predictions = [], problem }, i) => {
  const [first] = predictions;
  console.log(
    `${files[i]}: ${first ? `${first.class} ${(100 * first.probability).toFixed(1)} %` : (problem ?? 'see the result')}`,
  );
});
