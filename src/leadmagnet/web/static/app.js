// Makes pages that read well without scripts live: what changes arrives by itself, keys work, long lists stay short.
import { startCopying } from './copy.js';
import { startEditor } from './editor.js';
import { startForms } from './forms.js';
import { startJobs } from './jobs.js';
import { startKeys } from './keys.js';
import { startPanel } from './panel.js';
import { startScrolling } from './scrolling.js';
import { startSteps } from './steps.js';
import { startTimeline } from './timeline.js';
import { startTimes } from './times.js';
import { startViewer } from './viewer.js';

document.documentElement.classList.add('scripted');
startTimes();
startCopying();
startForms();
startEditor();
startKeys();
startJobs();
startTimeline();
startSteps();
startPanel();
startViewer();
startScrolling();
