select '[{"note": "seen"}]';
