select json_build_array(json_build_object('id', :id, 'hits', 5));
